import { LOST, type Run, type UnitState, UNKNOWN } from "@flotilla/model";
import type { ManagedUnit, UnitManager } from "@flotilla/systemd";
import type { LaunchRecord } from "../launch/launch-record.ts";
import { isAtRest, runOf } from "./run-of.ts";

export interface RunKeeperOptions {
  readonly manager: Pick<UnitManager, "list" | "connected">;
  readonly launches: { readonly all: ReadonlyMap<string, LaunchRecord> };
  /** Whether the unit is a service with Type=oneshot. */
  readonly isOneshot: (unit: string) => boolean;
  /** The time, milliseconds since the epoch. */
  readonly wall: () => number;
}

/** The most runs in a published state: the leader, which keeps more, copies them within seconds. */
const MOST_RUNS = 5;

/** In these phases, the end of a run is the agent's doing. */
const ENDING: readonly LaunchRecord["phase"][] = ["stopping", "restarting", "replacing"];

interface Kept {
  readonly runs: readonly Run[];
  /** The invocation whose end has been noted, or needs no note. */
  readonly over: string;
}

/**
 * Keeps the last few runs of each service, and adds them to the unit's published state. A oneshot's run is there from its
 * start on; that of any other service only once it has ended, and not if the agent has ended it. So a service that runs on
 * and on costs nothing.
 */
export class RunKeeper {
  readonly #options: RunKeeperOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(options: RunKeeperOptions) {
    this.#options = options;
  }

  /** Returns the state with the unit's last runs. Must be called for each change of the unit. */
  added(unit: string, state: UnitState | undefined): UnitState | undefined {
    const managed = this.#options.manager.list().get(unit);
    // A stub has no runs, and is not published.
    if (managed && state) this.#note(managed);
    if (!state) {
      if (!managed) this.#kept.delete(unit);
      return undefined;
    }
    const { runs = [] } = this.#kept.get(unit) ?? {};
    return runs.length === 0 ? state : { ...state, runs };
  }

  /**
   * Takes over the runs that an earlier process of this daemon has published.
   * @returns the units that have runs.
   */
  takeOver(published: ReadonlyMap<string, UnitState>): readonly string[] {
    const taken: string[] = [];
    for (const [unit, { runs }] of published) {
      const managed = this.#options.manager.list().get(unit);
      if (!runs?.length || !managed) continue;
      const known = this.#kept.get(unit)?.runs ?? [];
      const later = known.filter(({ invocation }) => !runs.some((run) => run.invocation === invocation));
      const merged = runs.map((run) => known.find(({ invocation }) => invocation === run.invocation) ?? run);
      this.#put(unit, [...merged, ...later], this.#kept.get(unit)?.over ?? "");
      this.#closeUnseen(managed);
      taken.push(unit);
    }
    return taken;
  }

  #note(managed: ManagedUnit): void {
    const { name: unit } = managed;
    const known = this.#kept.get(unit);
    if (!managed.run || managed.run.invocation === known?.over) return;
    const isOneshot = this.#options.isOneshot(unit);
    const run = runOf(managed, isOneshot);
    if (!run || (run.endedAt === 0 && !isOneshot)) return;
    const { runs = [], over = "" } = known ?? {};
    const isOver = run.endedAt > 0;
    const phase = this.#options.launches.all.get(unit)?.phase;
    if (isOver && !isOneshot && phase !== undefined && ENDING.includes(phase)) {
      this.#put(unit, runs, run.invocation);
      return;
    }
    const last = runs.at(-1);
    if (last?.invocation === run.invocation) {
      if (isOver) this.#put(unit, [...runs.slice(0, -1), run], run.invocation);
      return;
    }
    const before = runs.map((each) => (each.endedAt === 0 ? closed(each, UNKNOWN, run.startedAt) : each));
    this.#put(unit, [...before, run], isOver ? run.invocation : over);
  }

  /**
   * Ends a run of which systemd knows nothing any more. systemd forgets a unit that has ended well, and keeps one that has
   * failed (CollectMode=, systemd.unit(5)). A reboot has ended the run if the launch records are gone too.
   */
  #closeUnseen(managed: ManagedUnit): void {
    const { manager, launches, wall } = this.#options;
    const { name: unit } = managed;
    const { runs = [], over = "" } = this.#kept.get(unit) ?? {};
    const last = runs.at(-1);
    if (!last || last.endedAt > 0 || !manager.connected || !isAtRest(managed) || managed.job !== "") return;
    if (managed.run?.invocation === last.invocation) return;
    const result = launches.all.has(unit) ? managed.result : LOST;
    this.#put(unit, [...runs.slice(0, -1), closed(last, result, wall())], over);
  }

  #put(unit: string, runs: readonly Run[], over: string): void {
    this.#kept.set(unit, { runs: runs.slice(-MOST_RUNS), over });
  }
}

function closed(run: Run, result: string, at: number): Run {
  return { ...run, result, endedAt: Math.max(at, run.startedAt) };
}
