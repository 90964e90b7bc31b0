import { isRunning, type WatchEvent } from "@flotilla/api/client";
import { inParallel } from "../cluster/in-parallel.ts";
import { Backoff, type Clock, Nudge } from "@flotilla/runtime";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { isRefusal } from "../cluster/api-refusal.ts";
import { isWorthAnotherTry } from "../cluster/worth-another-try.ts";
import { applyEvent, isHeard, observeAgain, type ObservedUnit } from "./observed-unit.ts";
import { type Goal, judge, type Verdict } from "./verdict.ts";

/** The reasons for not placing a unit are asked for no more often than this, milliseconds. */
const REASONS_INTERVAL_MS = 1000;

export interface UnitWaitOptions {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly goal: Goal;
  readonly units: readonly ObservedUnit[];
  /** Revision that `units` show: the watch goes on from there. */
  readonly revision: number;
  /** After so long, a unit that no machine can take or whose agent refuses it has its verdict, milliseconds. */
  readonly graceMs: number;
  /** Units that have no verdict by then are late, milliseconds. Undefined: no limit. */
  readonly limitMs: number | undefined;
  /** Units that were launched are watched for so long after the last of them, milliseconds. */
  readonly settleMs: number;
  /** Called for each unit, in the order in which they end; again for one that was launched and then failed. */
  readonly onVerdict: (unit: string, verdict: Verdict) => void;
  /** Called after each change, with what is still waited for. */
  readonly onProgress: (pending: readonly ObservedUnit[]) => void;
  /** Called, perhaps more than once, for a unit that has a place on a machine that is away. */
  readonly onHeldUp: (unit: string, reasons: readonly string[]) => void;
  /** Called once for each machine that is away and has to do something before units are as wanted. */
  readonly onAway: (machineID: string, units: readonly string[]) => void;
  /** Called when the stream breaks and is to be taken up again. */
  readonly onTrouble: (error: unknown) => void;
}

/** Waits for units by the watch stream until each has a verdict. */
export class UnitWait {
  readonly #options: UnitWaitOptions;
  readonly #pending: Map<string, ObservedUnit>;
  /** What was launched, and might still fail at once. */
  readonly #running = new Map<string, ObservedUnit>();
  /** Poked when there is nothing but that. */
  readonly #settling = new Nudge();
  /** Poked whenever the reasons for not placing a unit may have changed. */
  readonly #placing = new Nudge();
  readonly #toldAway = new Set<string>();
  readonly #over = new AbortController();
  #revision: number;
  #isSettled = false;

  constructor(options: UnitWaitOptions) {
    this.#options = options;
    this.#pending = new Map(options.units.map((unit) => [unit.name, unit]));
    this.#revision = options.revision;
  }

  /** What has no verdict yet: after an abort, for saying so. */
  get pending(): readonly ObservedUnit[] {
    return [...this.#pending.values()];
  }

  /**
   * Resolves once every unit has its verdict. A stream that breaks is taken up again from a fresh listing, for as
   * long as it takes.
   * @throws the signal's reason; ApiError when the daemon refuses for good.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#judgeAll();
    if (this.#over.signal.aborted) return;
    const either = AbortSignal.any([signal, this.#over.signal]);
    const tasks = [
      this.#watch(either),
      this.#watchSettled(either),
      this.#watchTime(either),
      this.#watchRunning(either),
    ];
    try {
      // Each task ends by an error, or because everything has its verdict.
      await Promise.all(tasks);
    } catch (error) {
      if (!this.#over.signal.aborted) throw error;
      signal.throwIfAborted();
    } finally {
      this.#over.abort();
      await Promise.allSettled(tasks);
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, clock, random, onTrouble } = this.#options;
    const backoff = new Backoff({ first: 100, most: 5000, random });
    while (!signal.aborted) {
      try {
        if (backoff.failures > 0) await this.#listAgain(signal);
        for await (const event of client.watch({ from: this.#revision + 1 }, signal)) {
          backoff.reset();
          this.#take(event);
        }
      } catch (error) {
        signal.throwIfAborted();
        if (!isWorthAnotherTry(error)) throw error;
        onTrouble(error);
      }
      await clock.sleep(backoff.next(), signal);
    }
  }

  #take(event: WatchEvent): void {
    if ("unit" in event) {
      const unit = this.#pending.get(event.unit) ?? this.#running.get(event.unit);
      if (unit) {
        applyEvent(unit, event);
        this.#judge(unit);
      }
    }
    if (event.kind === "machine" && !event.value) this.#leaveOut(event.machineID);
    if (event.kind !== "state") this.#placing.poke();
    this.#options.onProgress(this.pending);
  }

  /** A machine is away: the copy of a global unit there is not waited for. */
  #leaveOut(machineID: string): void {
    for (const unit of this.pending) if (unit.isGlobal && unit.places.delete(machineID)) this.#judge(unit);
  }

  /** What happened while no stream was open is read, not guessed. */
  async #listAgain(signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    const [units, states] = await Promise.all([client.listUnits({}, signal), client.listStates({}, signal)]);
    const byName = new Map(units.items.map((unit) => [unit.name, unit]));
    const statesOf = Map.groupBy(states.items, ({ name }) => name);
    for (const old of this.pending) {
      this.#pending.set(old.name, observeAgain(old, byName.get(old.name), statesOf.get(old.name) ?? []));
    }
    this.#revision = Math.min(units.revision, states.revision);
    this.#judgeAll();
  }

  /** Without it, a unit that no machine can take would be waited for without end, and one on a lost machine without a word. */
  async #watchSettled(signal: AbortSignal): Promise<void> {
    const { clock, graceMs } = this.#options;
    await clock.sleep(graceMs, signal);
    this.#isSettled = true;
    this.#judgeAll();
    while (!signal.aborted) {
      if (this.#needsPlace) await this.#askForAllReasons(signal, { isLast: false });
      else await this.#lookForMachines(signal);
      await clock.sleep(REASONS_INTERVAL_MS, signal);
      await this.#placing.wait(signal);
    }
  }

  get #needsPlace(): boolean {
    return this.#options.goal === "launched" || this.#options.goal === "loaded";
  }

  /** @param isLast the time is over: what keeps a unit now is what kept it. */
  async #askForAllReasons(signal: AbortSignal, { isLast }: { readonly isLast: boolean }): Promise<void> {
    const unheard = this.pending.filter((unit) => !isHeard(unit));
    await inParallel(unheard, (unit) => this.#askForReasons(unit, isLast, signal));
  }

  async #askForReasons(unit: ObservedUnit, isLast: boolean, signal: AbortSignal): Promise<void> {
    try {
      const { reasons = [] } = await this.#options.client.getUnit(unit.name, signal);
      if (reasons.length === 0 || isHeard(unit)) return;
      // Its machine may come back, and what is held may move by itself.
      if (unit.places.size > 0 && !isLast) this.#options.onHeldUp(unit.name, reasons);
      else this.#end(unit, { kind: "unplaced", reasons });
    } catch (error) {
      signal.throwIfAborted();
      // Destroyed meanwhile, which the watch tells as well; or unreachable, which it deals with.
      if (!isRefusal(error, "unit-not-found") && !isWorthAnotherTry(error)) throw error;
    }
  }

  /** What is to stop somewhere, or to go from there, does so once that machine is in the cluster. */
  async #lookForMachines(signal: AbortSignal): Promise<void> {
    const { client, onAway } = this.#options;
    try {
      const { items } = await client.listMachines(signal);
      const here = new Set(items.map(({ id }) => id));
      const awaited = this.pending.flatMap(({ name, places, states }) =>
        [...new Set([...places, ...states.keys()])].map((machine) => ({ name, machine })),
      );
      const away = Map.groupBy(awaited, ({ machine }) => machine);
      for (const [machine, units] of away) {
        if (here.has(machine) || this.#toldAway.has(machine)) continue;
        this.#toldAway.add(machine);
        onAway(
          machine,
          units.map(({ name }) => name),
        );
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isWorthAnotherTry(error)) throw error;
    }
  }

  async #watchTime(signal: AbortSignal): Promise<void> {
    const { clock, limitMs } = this.#options;
    if (limitMs === undefined) return;
    await clock.sleep(limitMs, signal);
    // The limit may be over before the grace is: why a unit has no place is worth more than that it has none.
    if (this.#needsPlace) await this.#askForAllReasons(signal, { isLast: true });
    for (const unit of this.pending) this.#end(unit, { kind: "late" });
  }

  async #watchRunning(signal: AbortSignal): Promise<void> {
    await this.#settling.wait(signal);
    await this.#options.clock.sleep(this.#options.settleMs, signal);
    this.#over.abort();
  }

  #judgeAll(): void {
    for (const unit of this.pending) this.#judge(unit);
    this.#options.onProgress(this.pending);
  }

  #judge(unit: ObservedUnit): void {
    const verdict = judge(this.#options.goal, unit, this.#isSettled);
    if (!verdict) return;
    if (verdict.kind === "failed" && this.#running.delete(unit.name)) this.#tell(unit, verdict);
    else this.#end(unit, verdict);
  }

  #end(unit: ObservedUnit, verdict: Verdict): void {
    if (!this.#pending.delete(unit.name)) return;
    const isLaunched = verdict.kind === "reached" && this.#options.goal === "launched";
    if (isLaunched && [...unit.states.values()].some(isRunning)) this.#running.set(unit.name, unit);
    this.#tell(unit, verdict);
  }

  #tell(unit: ObservedUnit, verdict: Verdict): void {
    this.#options.onVerdict(unit.name, verdict);
    if (this.#pending.size > 0) return;
    if (this.#running.size > 0) this.#settling.poke();
    else this.#over.abort();
  }
}
