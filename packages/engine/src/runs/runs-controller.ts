import type { ClusterSnapshot } from "@flotilla/model";
import { type ClusterChange, type ClusterView, MAX_HISTORIES, type RunRegistry } from "@flotilla/registry";
import type { Steps } from "@flotilla/schedule";
import type { Controller, LogLine, PassInput, WriteOutcome } from "../controller/controller.ts";
import { earliestAfter } from "../controller/earliest-after.ts";
import type { FencedWriter } from "../controller/fenced-writer.ts";
import { decideForget, decideRuns, type RunDecision } from "./decide-runs.ts";
import { reportedRuns, withRuns } from "./kept-runs.ts";
import { RunNews } from "./run-news.ts";

/** The least time between two writes of one unit's runs, milliseconds. The states have the last runs meanwhile. */
const EVERY_MS = 5_000;

/** How many units are examined before other work gets its turn. */
const STEP = 1_000;

interface Seen extends Pick<PassInput, "now"> {
  readonly snapshot: Pick<ClusterSnapshot, "units" | "unreadable" | "states" | "machines" | "histories">;
}

/**
 * Keeps the last runs of each unit, which the states of its machines show only until the machine is lost or the unit
 * moves. A run that lasts when its machine is lost is kept as lost. Units without runs cost nothing.
 */
export class RunsController implements Controller<RunDecision> {
  readonly #runs: Pick<RunRegistry, "write">;
  readonly #news = new RunNews();
  /** Units that were destroyed, or that cannot be read. */
  readonly #gone = new Set<string>();
  /** When each unit's runs may be written again, monotonic milliseconds. */
  readonly #notBefore = new Map<string, number>();
  #hasSeenAll = false;
  /** When the runs that the last steps have decided to write may be written again. */
  #nextWrite = 0;
  #dueAt: number | undefined;

  constructor(runs: Pick<RunRegistry, "write">) {
    this.#runs = runs;
  }

  get dueAt(): number | undefined {
    return this.#dueAt;
  }

  wakes(change: ClusterChange, { histories }: Pick<ClusterView, "histories">): boolean {
    if (change.kind === "unit") return change.value === undefined && histories.has(change.unit);
    // A write that is not due yet is awaited by `dueAt`.
    if (change.kind !== "state" || this.#notBefore.has(change.unit)) return false;
    const { unit, machineID, value } = change;
    if (!value) return this.#news.isLasting(unit, machineID);
    if ((value.triggeredAt ?? 0) > (histories.get(unit)?.triggeredAt ?? 0)) return true;
    const ended = value.runs?.filter(({ endedAt }) => endedAt > 0) ?? [];
    return ended.length > 0 && withRuns(histories.get(unit), reportedRuns(machineID, ended)) !== undefined;
  }

  note(change: ClusterChange): void {
    if (change.kind === "unit" && change.value === undefined) this.#gone.add(change.unit);
    if (change.kind === "state") this.#news.note(change.unit, change.machineID, change.value);
  }

  *steps({ snapshot, now }: Seen): Steps<readonly RunDecision[]> {
    if (!this.#hasSeenAll) yield* this.#seeAll(snapshot);
    const decisions: RunDecision[] = [];
    for (const unit of this.#gone) {
      const decision = decideForget(unit, snapshot);
      if (decision) decisions.push(decision);
      else this.#gone.delete(unit);
    }
    for (const [unit, at] of this.#notBefore) if (at <= now.monotonic) this.#notBefore.delete(unit);
    for (const [unit, news] of this.#news.all) {
      if (this.#notBefore.has(unit)) continue;
      const decision = snapshot.units.has(unit) ? decideRuns(unit, news, snapshot, now.wall) : undefined;
      if (decision) decisions.push(decision);
      else this.#news.delete(unit);
    }
    this.#nextWrite = now.monotonic + EVERY_MS;
    const ends = [...this.#notBefore.values(), ...(decisions.length > 0 ? [this.#nextWrite] : [])];
    this.#dueAt = earliestAfter(now.monotonic, ends);
    return decisions.slice(0, MAX_HISTORIES);
  }

  async write(
    decisions: readonly RunDecision[],
    writer: FencedWriter<RunDecision>,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    const histories = new Map(decisions.map(({ unit, history }) => [unit, history]));
    const isWritten = await writer.apply(decisions, (leadership) => this.#runs.write(leadership, histories, signal));
    if (!isWritten) return "outdated";
    for (const { unit } of decisions) {
      this.#news.delete(unit);
      this.#notBefore.set(unit, this.#nextWrite);
    }
    return "written";
  }

  linesOf({ unit, lost }: RunDecision): readonly LogLine[] {
    return lost.map(({ machineID, invocation }) => ({
      level: "warn",
      message: "a run of a unit was lost with its machine",
      fields: { unit, machineID, invocation },
    }));
  }

  /** A new leader has noted only what has changed since its term began. */
  *#seeAll({ states, histories, units }: Seen["snapshot"]): Steps<void> {
    let seen = 0;
    for (const [unit, onMachines] of states) {
      for (const [machineID, state] of onMachines) this.#news.note(unit, machineID, state);
      if ((seen += 1) % STEP === 0) yield;
    }
    for (const unit of histories.keys()) if (!units.has(unit)) this.#gone.add(unit);
    this.#hasSeenAll = true;
  }
}
