import type { MachineSettings } from "@flotilla/model";
import type { Op, Store } from "@flotilla/store";
import { keys } from "./keys.ts";
import { decode, machineSettingsRecord } from "./records.ts";
import { ConflictError } from "./registry-error.ts";

/** New values of some metadata keys of one machine; null takes a key away. */
export interface MetadataEdit {
  readonly machineID: string;
  /** Keys whose setting is dropped before the new values are laid over: the machine's own value counts again. */
  readonly reset?: readonly string[] | "all";
  readonly metadata: MachineSettings["metadata"];
}

const TRIES = 8;

/** What people set for machines at run time. Only the API writes it. */
export class MachineSettingsRegistry {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Lays the edits over what was set before, for all machines named or for none. A machine of which nothing is set any
   * more keeps no record: nothing else would ever remove the record of a machine that is gone for good.
   * @returns the revision at which the result stands.
   * @throws ConflictError when others keep changing the same machines.
   */
  async edit(edits: readonly MetadataEdit[], signal?: AbortSignal): Promise<number> {
    const byMachine = Map.groupBy(edits, ({ machineID }) => machineID);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const writes = await Promise.all([...byMachine].map(([id, list]) => this.#merged(id, list, signal)));
      const { succeeded, revision } = await this.#store.txn(
        { compare: writes.map(({ compare }) => compare), onSuccess: writes.map(({ op }) => op) },
        signal,
      );
      if (succeeded) return revision;
    }
    throw new ConflictError("The settings of these machines are being changed by others at this moment; try again.");
  }

  async #merged(id: string, edits: readonly MetadataEdit[], signal?: AbortSignal) {
    const key = keys.machineSettings(id);
    const [entry] = (await this.#store.range({ prefix: key, exact: true }, signal)).entries;
    const before = entry && decode(machineSettingsRecord, entry.value);
    const settings: MachineSettings = {
      ...before,
      metadata: edits.reduce(edited, before?.metadata ?? {}),
    };
    const op: Op =
      Object.keys(settings.metadata).length === 0 ? { delete: key } : { put: key, value: JSON.stringify(settings) };
    return { compare: { key, modRevision: entry?.modRevision ?? 0 }, op };
  }
}

function edited(
  before: MachineSettings["metadata"],
  { reset = [], metadata }: MetadataEdit,
): MachineSettings["metadata"] {
  const kept = reset === "all" ? [] : Object.entries(before).filter(([key]) => !reset.includes(key));
  return { ...Object.fromEntries(kept), ...metadata };
}
