import type { Hold, MachineID, Roll } from "@flotilla/model";
import type { Op } from "@flotilla/store";
import { keys } from "./keys.ts";
import type { RollEntry, RollHead } from "./records.ts";

/**
 * The roll as it stands in the store: a key for each machine, and one for what concerns them all, so that a machine
 * which comes or goes costs one small key, however many there are.
 */
export class StoredRoll {
  readonly #entries = new Map<MachineID, RollEntry>();
  #head: RollHead | undefined;
  #roll: Roll | undefined;

  setEntry(machineID: MachineID, entry: RollEntry | undefined): void {
    this.#roll = undefined;
    if (entry) this.#entries.set(machineID, entry);
    else this.#entries.delete(machineID);
  }

  setHead(head: RollHead | undefined): void {
    this.#roll = undefined;
    this.#head = head;
  }

  /** Another object whenever it has changed, and only then. */
  get roll(): Roll {
    return (this.#roll ??= this.#assembled());
  }

  get hold(): Hold | undefined {
    return this.#head?.hold && this.roll.hold;
  }

  /**
   * What to write so that `roll` stands, and nothing of what stands already. In this order, so that a leader which
   * comes upon a part of it judges the loss anew: a hold stands before anybody is noted as missing who belongs to it,
   * and after those who are still there are noted as held; until it stands, that counts for nothing.
   */
  changesTo(roll: Roll): Op[] {
    const entries = entriesOf(roll);
    const gone = [...this.#entries.keys()].filter((id) => !entries.has(id));
    const changed = [...entries].filter(([id, entry]) => !isSame(this.#entries.get(id), entry));
    const put = ([id, entry]: readonly [MachineID, RollEntry]): Op => ({
      put: keys.rollEntry(id),
      value: JSON.stringify(entry),
    });
    return [
      ...gone.map((id) => ({ delete: keys.rollEntry(id) })),
      ...changed.filter(([, { is }]) => is === "present").map(put),
      ...this.#headChange(headOf(roll)),
      ...changed.filter(([, { is }]) => is !== "present").map(put),
    ];
  }

  #headChange(head: RollHead | undefined): Op[] {
    if (JSON.stringify(head) === JSON.stringify(this.#head)) return [];
    return [head ? { put: keys.roll, value: JSON.stringify(head) } : { delete: keys.roll }];
  }

  #assembled(): Roll {
    const { hold, settling = false } = this.#head ?? {};
    const present = this.#sorted((entry) => entry.is === "present");
    const missing = this.#sorted((entry) => entry.is === "missing");
    return {
      present,
      missing,
      hold: hold && { since: hold.since, machines: this.#sorted((entry) => entry.held), of: hold.of },
      awaited: settling && missing.length > 0 ? missing : undefined,
    };
  }

  #sorted(isMeant: (entry: RollEntry) => boolean): MachineID[] {
    const meant: MachineID[] = [];
    for (const [id, entry] of this.#entries) if (isMeant(entry)) meant.push(id);
    return meant.sort();
  }
}

function entriesOf({ present, missing, hold }: Roll): Map<MachineID, RollEntry> {
  const held = new Set(hold?.machines);
  const entries = new Map<MachineID, RollEntry>();
  for (const id of held) entries.set(id, { is: "away", held: true });
  for (const id of present) entries.set(id, { is: "present", held: held.has(id) });
  for (const id of missing) entries.set(id, { is: "missing", held: held.has(id) });
  return entries;
}

function headOf({ hold, awaited }: Roll): RollHead | undefined {
  if (!hold && !awaited) return undefined;
  return { ...(hold && { hold: { since: hold.since, of: hold.of } }), settling: awaited !== undefined };
}

function isSame(one: RollEntry | undefined, other: RollEntry): boolean {
  return one?.is === other.is && one.held === other.held;
}
