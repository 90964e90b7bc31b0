import type { Unit } from "@flotilla/model";
import type { RejectionGroup } from "../filter/filter.ts";
import { metadataFilter } from "../filter/metadata.ts";
import { RejectionTally } from "../refusal.ts";
import { BitSet } from "./bit-set.ts";
import type { Plan } from "./plan.ts";
import type { Room } from "./room.ts";

/** The machines whose metadata is what a unit asks for. */
export interface MachineClass {
  readonly eligible: BitSet;
  /** How many they are. */
  readonly size: number;
  /** Why the others are not among them. */
  rejected(): readonly RejectionGroup[];
}

/** Machine classes, each worked out once for all units that ask the same metadata, and kept current machine by machine. */
export class MachineClasses {
  readonly #plan: Plan;
  readonly #classes = new Map<string, KeptClass>();
  /** Machines that have come, gone or changed, in their order: each class takes them in when it is asked for. */
  readonly #changed: Room[] = [];

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  of(unit: Unit): MachineClass {
    const { metadata } = unit.requirements;
    let key = "";
    for (const { key: asked, values } of metadata) key += `${asked}=${values.join("\0")}\n`;
    const known = this.#classes.get(key);
    if (known) return known.upTo(this.#changed);
    const made = new KeptClass(unit, this.#plan, this.#changed.length);
    this.#classes.set(key, made);
    return made;
  }

  /** The machine has come, gone or changed. */
  update(room: Room): void {
    if (this.#changed.length === MOST_CHANGES) this.clear();
    if (this.#classes.size > 0) this.#changed.push(room);
  }

  /** The machines are numbered anew. */
  clear(): void {
    this.#classes.clear();
    this.#changed.length = 0;
  }
}

/** After so many changes all classes are worked out anew, for some may be nobody's any more. */
const MOST_CHANGES = 10_000;

class KeptClass implements MachineClass {
  readonly eligible: BitSet;
  size = 0;
  /** Any unit that asks for this metadata. */
  readonly #unit: Unit;
  readonly #plan: Plan;
  #rejected: readonly RejectionGroup[] | undefined;
  /** Pieces of effort that a look at a machine takes. */
  readonly #effort: number;
  /** How many changes it has taken in. */
  #taken: number;

  constructor(unit: Unit, plan: Plan, taken: number) {
    this.#unit = unit;
    this.#plan = plan;
    this.#taken = taken;
    this.#effort = unit.requirements.metadata.reduce((sum, { values }) => sum + 1 + values.length / 8, 1);
    this.eligible = new BitSet(plan.rooms.ordered.length);
    for (const room of plan.rooms.ordered) this.#update(room);
  }

  upTo(changed: readonly Room[]): this {
    for (; this.#taken < changed.length; this.#taken++) {
      const room = changed[this.#taken];
      if (room) this.#update(room);
    }
    return this;
  }

  #update(room: Room): void {
    this.#plan.effort.spend(this.#effort);
    this.#rejected = undefined;
    if (this.eligible.has(room.number)) {
      this.eligible.delete(room.number);
      this.size -= 1;
    }
    if (!room.open || metadataFilter.check(this.#unit, room, this.#plan)) return;
    this.eligible.add(room.number);
    this.size += 1;
  }

  rejected(): readonly RejectionGroup[] {
    this.#rejected ??= this.#tally();
    return this.#rejected;
  }

  #tally(): readonly RejectionGroup[] {
    const tally = new RejectionTally();
    this.#plan.effort.spend((10 + this.#effort) * this.#plan.rooms.size);
    for (const room of this.#plan.rooms.ordered) {
      const rejection = room.open ? metadataFilter.check(this.#unit, room, this.#plan) : undefined;
      if (rejection) tally.add(metadataFilter, rejection, room.machine);
    }
    return tally.groups();
  }
}
