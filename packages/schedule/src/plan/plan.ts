import type { ClusterSnapshot, MachineID, Unit } from "@flotilla/model";
import { Effort } from "../effort.ts";
import type { BitSet } from "./bit-set.ts";
import { LoadOrder } from "./load-order.ts";
import { MachineClasses } from "./machine-class.ts";
import { Patterns } from "./patterns.ts";
import { Relations } from "./relations.ts";
import type { Room } from "./room.ts";
import { type RoomChanges, Rooms } from "./rooms.ts";

/**
 * Where each unit is to be, as far as that has been worked out: filters look at it, so that units
 * placed one after the other see each other. Machines that are away have no part in it.
 */
export class Plan {
  snapshot: ClusterSnapshot;
  readonly rooms = new Rooms();
  readonly classes = new MachineClasses(this);
  readonly effort = new Effort();
  readonly patterns = new Patterns(this.effort);
  /** The units that are to have a place. */
  readonly wanted = new Map<string, Unit>();
  readonly relations = new Relations(this.patterns, this.wanted, this.effort);
  /** The others. */
  readonly unwanted = new Map<string, Unit>();
  /** Of those that are wanted, the ones that are to have a place on every machine. */
  readonly global = new Map<string, Unit>();
  #load = new LoadOrder(0);
  readonly #single = new Map<string, Room>();
  readonly #spread = new Map<string, Set<Room>>();

  constructor(snapshot: ClusterSnapshot) {
    this.snapshot = snapshot;
  }

  /** Takes in machines that may have come, gone or changed; who was in a room that closes is put out. */
  updateRooms(ids: Iterable<MachineID>): RoomChanges {
    const changes = this.rooms.update(ids, this.snapshot.machines);
    if (changes.renumbered) this.#renumber();
    else for (const room of changes.opened) this.#load.add(room.number, 0);
    for (const room of [...changes.opened, ...changes.changed, ...changes.closed]) this.classes.update(room);
    return changes;
  }

  /**
   * @param unit undefined for one that has been destroyed.
   * @param known what it was before.
   */
  know(name: string, unit: Unit | undefined, known: Unit | undefined): void {
    if (known) for (const map of [this.wanted, this.unwanted, this.global]) map.delete(name);
    if (unit?.desired === "inactive") this.unwanted.set(name, unit);
    else if (unit) this.wanted.set(name, unit);
    if (unit && unit.desired !== "inactive" && unit.requirements.global) this.global.set(name, unit);
  }

  /** Undefined for a machine that is away. */
  roomOf(id: MachineID): Room | undefined {
    return this.rooms.of(id);
  }

  put(unit: Unit, room: Room): void {
    if (!unit.requirements.global) this.#single.set(unit.name, room);
    else if (this.#spread.has(unit.name)) this.#spread.get(unit.name)?.add(room);
    else this.#spread.set(unit.name, new Set([room]));
    room.units.add(unit);
    if (unit.requirements.conflicts.length > 0) room.asking.add(unit);
    this.#load.change(room.number, 1);
  }

  /** Takes back the place of a unit that is not global. */
  remove(unit: Unit): void {
    const room = this.#single.get(unit.name);
    if (!room) return;
    this.#single.delete(unit.name);
    room.units.delete(unit);
    room.asking.delete(unit);
    this.#load.change(room.number, -1);
  }

  /** Puts all out of a room, and returns who they were. */
  clear(room: Room): ReadonlySet<Unit> {
    const { units } = room;
    for (const { name } of units) this.#forget(name, room);
    room.units = new Set();
    if (room.asking.size > 0) room.asking = new Set();
    room.ousted.clear();
    this.#load.remove(room.number);
    if (room.open) this.#load.add(room.number, 0);
    return units;
  }

  has(name: string, room: Room): boolean {
    return this.#single.get(name) === room || this.#spread.get(name)?.has(room) === true;
  }

  isPlaced(name: string): boolean {
    return this.#single.has(name) || this.#spread.has(name);
  }

  /** In the order of the machines' IDs. */
  placesOf(name: string): readonly Room[] {
    const room = this.#single.get(name);
    return room ? [room] : [...(this.#spread.get(name) ?? [])].sort((a, b) => a.number - b.number);
  }

  /** A walk through the machines with the fewest units first, of equals that with the lowest ID. */
  leastLoaded(eligible: BitSet): () => Room | undefined {
    const candidates = this.#load.among(eligible);
    return () => {
      const number = candidates.next();
      return number === undefined ? undefined : this.rooms.ordered[number];
    };
  }

  #forget(name: string, room: Room): void {
    if (this.#single.get(name) === room) this.#single.delete(name);
    const spread = this.#spread.get(name);
    if (spread?.delete(room) && spread.size === 0) this.#spread.delete(name);
  }

  #renumber(): void {
    this.classes.clear();
    this.#load = new LoadOrder(this.rooms.ordered.length);
    for (const room of this.rooms.ordered) {
      this.#load.remove(room.number);
      if (room.open) this.#load.add(room.number, room.units.size);
    }
  }
}
