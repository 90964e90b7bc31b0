import type { MachineSettings } from "@flotilla/model";
import type { Op, Store } from "@flotilla/store";
import { keys } from "./keys.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import { decode, machineSettingsRecord } from "./records.ts";
import { ConflictError, SettingsTooLargeError } from "./registry-error.ts";

/** New values of some metadata keys of one machine; null takes a key away. */
export interface MetadataEdit {
  readonly machineID: string;
  /** Keys whose setting is dropped before the new values are laid over: the machine's own value counts again. */
  readonly reset?: readonly string[] | "all";
  readonly metadata: MachineSettings["metadata"];
}

/** Only daemons compete, each with one write at a time; whenever one is too late, another one has written. */
const TRIES = 32;

/** What may be set for one machine, as it stands in the store: each listing of machines carries it. Bytes. */
export const MOST_SETTINGS_BYTES = 64 * 1024;

/** What may be written in one transaction: etcd takes 1.5 MiB (--max-request-bytes). Bytes. */
export const MOST_EDITED_BYTES = 1024 * 1024;

/** Edits of any machines go one after the other: people make them. */
const ALL = "all";

/** What people set for machines at run time. Only the API writes it. */
export class MachineSettingsRegistry {
  readonly #store: Store;
  readonly #edits = new OneAtATime();

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Lays the edits over what was set before, for all machines named or for none. A machine of which nothing is set any
   * more keeps no record: nothing else would ever remove the record of a machine that is gone for good.
   * @returns the revision at which the result stands.
   * @throws ConflictError when other daemons keep changing the same machines; SettingsTooLargeError.
   */
  edit(edits: readonly MetadataEdit[], signal?: AbortSignal): Promise<number> {
    const byMachine = Map.groupBy(edits, ({ machineID }) => machineID);
    return this.#edits.run(ALL, () => this.#edit(byMachine, signal), signal);
  }

  async #edit(edits: ReadonlyMap<string, readonly MetadataEdit[]>, signal?: AbortSignal): Promise<number> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const writes = await Promise.all([...edits].map(([id, list]) => this.#merged(id, list, signal)));
      requireStorable(writes.reduce((sum, { bytes }) => sum + bytes, 0));
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
    const settings: MachineSettings = { ...before, metadata: edited(before?.metadata ?? {}, edits) };
    const isEmpty = Object.keys(settings.metadata).length === 0;
    const value = isEmpty ? "" : JSON.stringify(settings);
    const bytes = Buffer.byteLength(value);
    // What has become too large may still be made smaller.
    if (bytes > MOST_SETTINGS_BYTES && bytes > Buffer.byteLength(entry?.value ?? "")) throw tooLarge(id, bytes);
    const op: Op = isEmpty ? { delete: key } : { put: key, value };
    return { compare: { key, modRevision: entry?.modRevision ?? 0 }, op, bytes };
  }
}

/** All edits at once: one after the other, each would copy all that is there. */
function edited(before: MachineSettings["metadata"], edits: readonly MetadataEdit[]): MachineSettings["metadata"] {
  const result = new Map(Object.entries(before));
  for (const { reset = [], metadata } of edits) {
    if (reset === "all") result.clear();
    else for (const key of reset) result.delete(key);
    for (const [key, value] of Object.entries(metadata)) result.set(key, value);
  }
  return Object.fromEntries(result);
}

function tooLarge(id: string, bytes: number): SettingsTooLargeError {
  return new SettingsTooLargeError(
    `The metadata that is set for machine ${id} would take ${bytes} bytes; ${MOST_SETTINGS_BYTES} may be set. ` +
      "Set shorter values, or reset keys that are no longer needed.",
  );
}

function requireStorable(bytes: number): void {
  if (bytes <= MOST_EDITED_BYTES) return;
  throw new SettingsTooLargeError(
    `The metadata of these machines takes ${bytes} bytes together; ${MOST_EDITED_BYTES} can be written at once. ` +
      "Change fewer machines at once.",
  );
}
