import {
  type EventRecorder,
  facts,
  hasFailed,
  isOver,
  isRunning,
  type MachineID,
  type NewEvent,
  shortMachineID,
  type UnitState,
} from "@flotilla/model";
import type { ClusterChange, ClusterFeed } from "@flotilla/registry";

/** What the leader remembers of a unit on a machine: nothing of one that runs. */
type Condition = "failed" | "starting-again" | "over";

/**
 * Records what the leader sees happen to units on their machines: failures, recoveries, and ends of units that finish by
 * themselves. It reports only changes: what a new leader finds is no news.
 */
export class StateWatch {
  readonly #feed: Pick<ClusterFeed, "view" | "isWhole">;
  readonly #events: EventRecorder;
  /** By unit and machine. */
  readonly #conditions = new Map<string, Condition>();
  #isPrimed = false;

  constructor(feed: Pick<ClusterFeed, "view" | "isWhole">, events: EventRecorder) {
    this.#feed = feed;
    this.#events = events;
    this.#prime();
  }

  note(changes: readonly ClusterChange[]): void {
    if (!this.#isPrimed) return this.#prime();
    for (const change of changes) if (change.kind === "state") this.#look(change.unit, change.machineID, change.value);
  }

  #prime(): void {
    if (!this.#feed.isWhole) return;
    this.#isPrimed = true;
    for (const [unit, states] of this.#feed.view.states)
      for (const [machineID, state] of states) this.#set(`${machineID} ${unit}`, conditionOf(state, undefined));
  }

  #look(unit: string, machineID: MachineID, state: UnitState | undefined): void {
    const key = `${machineID} ${unit}`;
    const before = this.#conditions.get(key);
    this.#set(key, state && conditionOf(state, before));
    const event = state && this.#eventOf(state, before);
    if (event) this.#events.record(event);
  }

  #set(key: string, condition: Condition | undefined): void {
    if (condition) this.#conditions.set(key, condition);
    else this.#conditions.delete(key);
  }

  #eventOf(state: UnitState, before: Condition | undefined): NewEvent | undefined {
    const { name: unit, machineID: machine, problem } = state;
    const where = `${unit} on machine ${shortMachineID(machine)}`;
    const about = { unit, machine } as const;
    const fact = facts.failed(unit, machine);
    if (hasFailed(state)) {
      if (before === "failed") return undefined;
      return { ...about, kind: "failed", sentence: `${where} failed${problem && `: ${problem}`}`, fact };
    }
    if (isRunning(state)) {
      if (before !== "failed" && before !== "starting-again") return undefined;
      return { ...about, kind: "recovered", sentence: `${where} runs again after its failure`, cause: fact };
    }
    if (before === "over" || !isOver(state) || !this.#isAsWanted(state)) return undefined;
    return { ...about, kind: "finished", sentence: `${where} has finished` };
  }

  /** Whether the unit is not being stopped, restarted or updated, in which case it is briefly inactive. */
  #isAsWanted({ name, hash, restarted }: UnitState): boolean {
    const unit = this.#feed.view.units.get(name);
    return unit?.desired === "launched" && unit.hash === hash && unit.restart === restarted;
  }
}

function conditionOf(state: UnitState, before: Condition | undefined): Condition | undefined {
  if (hasFailed(state)) return "failed";
  if (isRunning(state)) return undefined;
  if (isOver(state)) return "over";
  return before === "failed" || before === "starting-again" ? "starting-again" : undefined;
}
