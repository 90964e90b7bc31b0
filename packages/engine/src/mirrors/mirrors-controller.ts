import type { ClusterSnapshot, MachineID } from "@flotilla/model";
import type { AssignmentRegistry, ClusterChange, ClusterView } from "@flotilla/registry";
import { Pairs } from "./pairs.ts";
import { decideMirror, type MirrorDecision, type Steps } from "@flotilla/schedule";
import { AssignmentBatches } from "../controller/assignment-batches.ts";
import type { Controller, LogLine, PassInput, WriteOutcome } from "../controller/controller.ts";
import type { FencedWriter } from "../controller/fenced-writer.ts";

type Dependencies = ClusterView["dependencies"];

/** The least time between two checks of all mirrors, milliseconds. */
const EVERY_MS = 60_000;

/** The number of units or mirrors in one step. */
const AT_ONCE = 1_000;

/**
 * Tells each machine the states of units elsewhere that its own units depend on. Looks only at units that are part of a
 * dependency between units of the cluster.
 */
export class MirrorsController implements Controller<MirrorDecision> {
  readonly #batches: AssignmentBatches;
  readonly #dependencies: Dependencies;
  /** Units whose file, place or state has changed since the last pass. */
  readonly #units = new Set<string>();
  /** Machines that came, left, or got or lost a unit with dependencies. */
  readonly #machines = new Set<MachineID>();
  #nextSweep = 0;

  constructor(assignments: AssignmentRegistry, dependencies: Dependencies) {
    this.#batches = new AssignmentBatches(assignments);
    this.#dependencies = dependencies;
  }

  wakes(change: ClusterChange, view: ClusterView): boolean {
    return this.#concerns(change, view);
  }

  note(change: ClusterChange): void {
    if (change.kind === "machine") this.#machines.add(change.machineID);
    if (change.kind !== "unit" && change.kind !== "assignment" && change.kind !== "state") return;
    this.#units.add(change.unit);
    if (change.kind === "assignment") this.#machines.add(change.machineID);
  }

  *steps({ snapshot, now }: Pick<PassInput, "snapshot" | "now">): Steps<readonly MirrorDecision[]> {
    const pairs = new Pairs();
    const isSweep = now.monotonic >= this.#nextSweep;
    let seen = 0;
    if (isSweep) {
      for (const unit of snapshot.units.values()) {
        if (unit.needs) this.#addUnit(unit.name, snapshot, pairs);
        if (++seen % AT_ONCE === 0) yield;
      }
      for (const machineID of snapshot.mirrors?.keys() ?? []) this.#addMachine(machineID, snapshot, pairs);
      this.#nextSweep = now.monotonic + EVERY_MS;
    }
    for (const name of this.#units) if (this.#isRelated(name, snapshot)) this.#addUnit(name, snapshot, pairs);
    for (const machineID of this.#machines) this.#addMachine(machineID, snapshot, pairs);
    this.#units.clear();
    this.#machines.clear();
    const decisions: MirrorDecision[] = [];
    for (const [machineID, name] of pairs) {
      const decision = decideMirror(machineID, name, snapshot, this.#dependencies);
      if (decision) decisions.push(decision);
      if (++seen % AT_ONCE === 0) yield;
    }
    return decisions;
  }

  async write(
    decisions: readonly MirrorDecision[],
    writer: FencedWriter<MirrorDecision>,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    let isWritten = false;
    try {
      const outcome = await this.#batches.write(decisions, writer, signal);
      isWritten = outcome === "written";
      return outcome;
    } finally {
      // The changes that led to the decisions are forgotten.
      if (!isWritten) this.#nextSweep = 0;
    }
  }

  linesOf({ unit, sentence }: MirrorDecision): readonly LogLine[] {
    return [{ level: "debug", message: "the mirror of a unit changed", fields: { unit, reason: sentence } }];
  }

  #concerns(change: ClusterChange, snapshot: ClusterSnapshot): boolean {
    switch (change.kind) {
      case "unit":
      case "state":
        return this.#isRelated(change.unit, snapshot);
      case "assignment":
        return this.#isRelated(change.unit, snapshot) || snapshot.mirrors?.has(change.machineID) === true;
      case "machine":
        return snapshot.mirrors !== undefined && snapshot.mirrors.size > 0;
      default:
        return false;
    }
  }

  /** Whether a dependency connects the unit with another unit of the cluster. */
  #isRelated(name: string, { units }: ClusterSnapshot): boolean {
    return units.get(name)?.needs !== undefined || this.#dependencies.on(name).some(({ unit }) => units.has(unit));
  }

  /** The mirrors that a unit may need, and those of the unit. */
  #addUnit(name: string, snapshot: ClusterSnapshot, pairs: Pairs): void {
    const { assignments, units } = snapshot;
    for (const machineID of assignments.get(name)?.keys() ?? [])
      for (const need of units.get(name)?.needs ?? []) pairs.add(machineID, need.unit);
    for (const { unit } of this.#dependencies.on(name))
      for (const machineID of assignments.get(unit)?.keys() ?? []) pairs.add(machineID, name);
    for (const [machineID, mirrors] of snapshot.mirrors ?? []) if (mirrors.has(name)) pairs.add(machineID, name);
  }

  /** The mirrors that the machine has, and those of its units. */
  #addMachine(machineID: MachineID, snapshot: ClusterSnapshot, pairs: Pairs): void {
    for (const name of snapshot.mirrors?.get(machineID)?.keys() ?? []) pairs.add(machineID, name);
    if (snapshot.mirrors === undefined || snapshot.mirrors.size === 0) return;
    for (const mirrors of snapshot.mirrors.entries())
      for (const name of mirrors[1].keys())
        if (snapshot.assignments.get(name)?.has(machineID)) pairs.add(mirrors[0], name);
  }
}
