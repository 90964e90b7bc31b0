import { isRunning, type WatchEvent } from "@flotilla/api/client";
import { inParallel } from "../cluster/in-parallel.ts";
import { Backoff, type Clock, Nudge } from "@flotilla/runtime";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { isRefusal } from "../cluster/api-refusal.ts";
import { isRetryable } from "../cluster/retryable.ts";
import { applyEvent, isHeard, observeAgain, type ObservedUnit } from "./observed-unit.ts";
import { type Goal, judge, type Verdict } from "./verdict.ts";

/** Interval between requests for the reasons of unplaced units, in milliseconds. */
const REASONS_INTERVAL_MS = 1000;

export interface UnitWaitOptions {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly goal: Goal;
  readonly units: readonly ObservedUnit[];
  /** The revision at which `units` were read: the watch resumes there. */
  readonly revision: number;
  /** After this time, in milliseconds, a unit that no machine can take or that its agent refuses gets its verdict. */
  readonly graceMs: number;
  /** After this time, in milliseconds, pending units are late. Undefined: no limit. */
  readonly limitMs: number | undefined;
  /** How long launched units are observed after the last launch, in milliseconds. */
  readonly minReadyMs: number;
  /** Called for each unit in the order of verdicts; again for a unit that fails after it was launched. */
  readonly onVerdict: (unit: string, verdict: Verdict) => void;
  /** Called after each change, with the units still pending. */
  readonly onProgress: (pending: readonly ObservedUnit[]) => void;
  /** Called, possibly repeatedly, for a unit whose machine is away. */
  readonly onHeldUp: (unit: string, reasons: readonly string[]) => void;
  /** Called once for each machine that is away and must act before units reach the goal. */
  readonly onAway: (machineID: string, units: readonly string[]) => void;
  /** Called when the stream breaks, before it is reopened. */
  readonly onTrouble: (error: unknown) => void;
}

/** Waits by the watch stream until each unit has a verdict. */
export class UnitWait {
  readonly #options: UnitWaitOptions;
  readonly #pending: Map<string, ObservedUnit>;
  /** Launched units that are still observed: a service that dies at once is briefly active. */
  readonly #running = new Map<string, ObservedUnit>();
  /** Poked once only running units are left. */
  readonly #onlyRunning = new Nudge();
  /** Poked when the reasons for not placing a unit may have changed. */
  readonly #placing = new Nudge();
  readonly #toldAway = new Set<string>();
  readonly #over = new AbortController();
  #revision: number;
  #isGraceOver = false;

  constructor(options: UnitWaitOptions) {
    this.#options = options;
    this.#pending = new Map(options.units.map((unit) => [unit.name, unit]));
    this.#revision = options.revision;
  }

  /** The units without a verdict; after an abort, the units no longer waited for. */
  get pending(): readonly ObservedUnit[] {
    return [...this.#pending.values()];
  }

  /**
   * Resolves once every unit has its verdict. A broken stream is reopened from a fresh listing, for as long as needed.
   *
   * @throws the signal's reason; ApiError for a permanent refusal.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#judgeAll();
    if (this.#over.signal.aborted) return;
    const either = AbortSignal.any([signal, this.#over.signal]);
    const tasks = [this.#watch(either), this.#watchGrace(either), this.#watchTime(either), this.#watchRunning(either)];
    try {
      // A task ends by an error, or once every unit has its verdict.
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
        if (!isRetryable(error)) throw error;
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

  /** Does not wait for the copy of a global unit on a machine that is away. */
  #leaveOut(machineID: string): void {
    for (const unit of this.pending) if (unit.isGlobal && unit.places.delete(machineID)) this.#judge(unit);
  }

  /** Events may be missing between two streams, so the state is read again. */
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

  /**
   * Without these checks, a unit that no machine can take would be pending forever, and the wait for a lost machine
   * would have no message.
   */
  async #watchGrace(signal: AbortSignal): Promise<void> {
    const { clock, graceMs } = this.#options;
    await clock.sleep(graceMs, signal);
    this.#isGraceOver = true;
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

  /**
   * Asks why units have no machine.
   *
   * @param isLast whether the time limit has passed, so that held units get their verdict as well.
   */
  async #askForAllReasons(signal: AbortSignal, { isLast }: { readonly isLast: boolean }): Promise<void> {
    const unheard = this.pending.filter((unit) => !isHeard(unit));
    await inParallel(unheard, (unit) => this.#askForReasons(unit, isLast, signal));
  }

  async #askForReasons(unit: ObservedUnit, isLast: boolean, signal: AbortSignal): Promise<void> {
    try {
      const { reasons = [] } = await this.#options.client.getUnit(unit.name, signal);
      if (reasons.length === 0 || isHeard(unit)) return;
      // The machine may return, and a held unit may move.
      if (unit.places.size > 0 && !isLast) this.#options.onHeldUp(unit.name, reasons);
      else this.#end(unit, { kind: "unplaced", reasons });
    } catch (error) {
      signal.throwIfAborted();
      // The watch also reports a destroyed unit and an unreachable daemon.
      if (!isRefusal(error, "unit-not-found") && !isRetryable(error)) throw error;
    }
  }

  /** Finds machines that are away: units to stop or unload there wait for the machine's return. */
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
      if (!isRetryable(error)) throw error;
    }
  }

  async #watchTime(signal: AbortSignal): Promise<void> {
    const { clock, limitMs } = this.#options;
    if (limitMs === undefined) return;
    await clock.sleep(limitMs, signal);
    // The limit may pass before the grace period: a reason is more useful than "late".
    if (this.#needsPlace) await this.#askForAllReasons(signal, { isLast: true });
    for (const unit of this.pending) this.#end(unit, { kind: "late" });
  }

  async #watchRunning(signal: AbortSignal): Promise<void> {
    await this.#onlyRunning.wait(signal);
    await this.#options.clock.sleep(this.#options.minReadyMs, signal);
    this.#over.abort();
  }

  #judgeAll(): void {
    for (const unit of this.pending) this.#judge(unit);
    this.#options.onProgress(this.pending);
  }

  #judge(unit: ObservedUnit): void {
    const verdict = judge(this.#options.goal, unit, this.#isGraceOver);
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
    if (this.#running.size > 0) this.#onlyRunning.poke();
    else this.#over.abort();
  }
}
