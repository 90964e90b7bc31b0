import type { Assignment, Mirror, Need } from "@flotilla/model";
import type { ManagedUnit } from "@flotilla/systemd";
import type { RelationKind } from "@flotilla/unit";
import type { LaunchRecord } from "../launch/launch-record.ts";
import { isUp, type Wait } from "../unit/situation.ts";
import type { Trouble } from "../unit/start-order.ts";
import type { NeedsHere } from "./needs-here.ts";
import { hasStub } from "./stub-types.ts";

export interface NeedOrderOptions {
  readonly needs: NeedsHere;
  /** By unit; undefined for an agent without mirrors, which waits for nothing elsewhere. */
  readonly mirrors: ReadonlyMap<string, Mirror> | undefined;
  readonly assignments: { readonly all: ReadonlyMap<string, Assignment> };
  readonly manager: { list(): ReadonlyMap<string, ManagedUnit> };
  readonly launches: { readonly all: ReadonlyMap<string, LaunchRecord> };
  readonly troubleOf: (unit: string) => Trouble;
}

/**
 * Decides for which units that it depends on a unit's start must wait, as systemd would in one transaction: After= waits
 * until a start is over, Requires= and BindsTo= need the other unit, wherever it is.
 */
export class NeedOrder {
  readonly #options: NeedOrderOptions;

  constructor(options: NeedOrderOptions) {
    this.#options = options;
  }

  /** The unit that this start must wait for; undefined if systemd can be asked now. */
  waitOf(unit: string): Wait | undefined {
    for (const need of this.#options.needs.of(unit)) {
      const wait = this.#isHere(need.unit) ? this.#waitHere(unit, need) : this.#waitElsewhere(unit, need);
      if (wait) return wait;
    }
    return undefined;
  }

  /**
   * Whether a unit that is down was stopped because a unit that it is bound to is down. It starts again when that unit
   * is back, because its desired state is still launched.
   */
  isHeldBack(unit: string): boolean {
    return this.#options.needs.of(unit).some(({ unit: other, kinds }) => {
      if (!kinds.includes("bindsTo")) return false;
      return this.#isHere(other) ? this.#hasFailedHere(other) : this.#isDownElsewhere(other);
    });
  }

  /** Right after a start of the daemon, the mirrors are not known, but the states of their stubs are. */
  #isDownElsewhere(unit: string): boolean {
    const { mirrors, launches } = this.#options;
    const launch = launches.all.get(unit);
    const made = launch?.phase === "mirrored" ? launch.hash : undefined;
    return DOWN.has(mirrors?.get(unit)?.state ?? made);
  }

  #isHere(unit: string): boolean {
    const assignment = this.#options.assignments.all.get(unit);
    return assignment !== undefined && !assignment.leaving && !assignment.stopping;
  }

  /** systemd orders two starts of one host once it was asked for both. */
  #waitHere(unit: string, { unit: other, kinds }: Need): Wait | undefined {
    const { assignments, launches, troubleOf, manager } = this.#options;
    if (kinds.includes("bindsTo") && this.#hasFailedHere(other))
      return {
        until: "started",
        unit: other,
        problem: `${unit} waits for ${other}, to which it is bound and which has failed`,
      };
    const assignment = assignments.all.get(other);
    if (!kinds.includes("after") || assignment?.desired !== "launched" || troubleOf(other) !== "none") return undefined;
    const launch = launches.all.get(other);
    const isAsked = launch?.since === assignment.since && !["loaded", "starting"].includes(launch.phase);
    if (isAsked || isUp(manager.list().get(other))) return undefined;
    return { until: "started", unit: other, problem: "" };
  }

  #waitElsewhere(unit: string, { unit: other, kinds }: Need): Wait | undefined {
    const { mirrors, launches, manager, troubleOf } = this.#options;
    const isOrdered = kinds.includes("after");
    const isHard = kinds.some((kind) => HARD.has(kind));
    // A host's own unit of the name has precedence: then no stub can be made.
    if (!mirrors || (!isOrdered && !isHard) || troubleOf(other) === "failing") return undefined;
    const mirror = mirrors.get(other);
    const wait = (problem: string): Wait => ({ until: "started", unit: other, problem });
    if (!mirror) return wait("");
    const problem = `${unit} waits for ${other}, which ${mirror.text}`;
    // A start that is under way is no problem to report.
    if (mirror.state === "starting" && (isOrdered || needsRunning(kinds))) return wait("");
    if ((mirror.state === "inactive" || mirror.state === "failed") && isHard) return wait(problem);
    if (mirror.state === "finished" && needsRunning(kinds)) return wait(problem);
    if (!hasStub(other)) return undefined;
    const launch = launches.all.get(other);
    const isMade = launch?.phase === "mirrored" && launch.hash === mirror.state;
    return isMade && (mirror.state !== "active" || isUp(manager.list().get(other))) ? undefined : wait("");
  }

  #hasFailedHere(unit: string): boolean {
    const { assignments, manager } = this.#options;
    return assignments.all.get(unit)?.desired === "launched" && manager.list().get(unit)?.activeState === "failed";
  }
}

const HARD: ReadonlySet<RelationKind> = new Set<RelationKind>(["requires", "requisite", "bindsTo"]);

/** Requisite= and BindsTo= need the other unit to be active, not only to have been started. */
function needsRunning(kinds: readonly RelationKind[]): boolean {
  return kinds.includes("bindsTo") || kinds.includes("requisite");
}

const DOWN: ReadonlySet<string | undefined> = new Set(["inactive", "failed", "finished"]);
