import type { Machine, MachineID } from "@flotilla/model";
import { Room } from "./room.ts";

/** What has become of rooms since they were looked at last. */
export interface RoomChanges {
  readonly opened: readonly Room[];
  readonly closed: readonly Room[];
  /** The machine says something else of itself, or has been away meanwhile. */
  readonly changed: readonly Room[];
  /** Numbers are others than before: a machine came that had not been there yet. */
  readonly renumbered: boolean;
}

/** A room for each machine, numbered in the order of the machines' IDs. */
export class Rooms {
  readonly #byID = new Map<MachineID, Room>();
  #ordered: readonly Room[] = [];
  #open = 0;

  /** By number. A machine that is away keeps its room, closed, until numbers change. */
  get ordered(): readonly Room[] {
    return this.#ordered;
  }

  /** How many are open. */
  get size(): number {
    return this.#open;
  }

  /** Undefined for a machine that is away. */
  of(id: MachineID): Room | undefined {
    const room = this.#byID.get(id);
    return room?.open ? room : undefined;
  }

  /** @param ids machines that may have come, gone or changed. */
  update(ids: Iterable<MachineID>, machines: ReadonlyMap<MachineID, Machine>): RoomChanges {
    const opened: Room[] = [];
    const closed: Room[] = [];
    const changed: Room[] = [];
    let renumbered = false;
    for (const id of ids) {
      const machine = machines.get(id);
      const known = this.#byID.get(id);
      if (!machine) {
        if (known?.open) closed.push(close(known));
      } else if (!known) {
        opened.push(this.#add(machine));
        renumbered = true;
      } else if (!known.open) opened.push(reopen(known, machine));
      else if (known.machine !== machine) {
        known.machine = machine;
        changed.push(known);
      }
    }
    this.#open += opened.length - closed.length;
    if (renumbered) this.#renumber(new Set(closed));
    return { opened, closed, changed, renumbered };
  }

  #add(machine: Machine): Room {
    const room = new Room(machine);
    this.#byID.set(machine.id, room);
    return room;
  }

  /** Rooms that have been closed for longer are given up, so that they do not pile up where machines come and go. */
  #renumber(closed: ReadonlySet<Room>): void {
    for (const [id, room] of this.#byID) if (!room.open && !closed.has(room)) this.#byID.delete(id);
    this.#ordered = [...this.#byID.values()].sort((a, b) => (a.machine.id < b.machine.id ? -1 : 1));
    for (const [number, room] of this.#ordered.entries()) room.number = number;
  }
}

function close(room: Room): Room {
  room.open = false;
  return room;
}

function reopen(room: Room, machine: Machine): Room {
  room.machine = machine;
  room.open = true;
  return room;
}
