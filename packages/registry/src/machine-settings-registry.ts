import { type MachineSettings, type Upkeep, upkeepOf } from "@flotilla/model";
import type { Op, Store } from "@flotilla/store";
import type { StepResult } from "./assignment-registry.ts";
import { keys } from "./keys.ts";
import type { Leadership } from "./leadership.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import { decode, machineSettingsRecord, memberRecord } from "./records.ts";
import { ConflictError, SettingsTooLargeError, VouchedMetadataError } from "./registry-error.ts";

/** New values of some metadata keys of one machine; null removes a key. */
export interface MetadataEdit {
  readonly machineID: string;
  /** Keys whose settings are removed before the new values apply, so that the machine's own values count again. */
  readonly reset?: readonly string[] | "all";
  readonly metadata: MachineSettings["metadata"];
}

/** Returns the new wishes for a machine from the present ones. */
export type UpkeepEdit = (before: Upkeep) => Upkeep;

/** Only daemons compete, each with one write at a time. Whenever one write fails, another has succeeded. */
const TRIES = 32;

/** Limit of one machine's stored settings, in bytes: each listing of machines includes them. */
export const MOST_SETTINGS_BYTES = 64 * 1024;

/** Limit of one transaction's values, in bytes: etcd accepts 1.5 MiB (--max-request-bytes). */
export const MOST_EDITED_BYTES = 1024 * 1024;

/** One queue for the edits of all machines: people make them, so they are few. */
const ALL = "all";

/** The settings that people make for machines at run time. Only the API writes them. */
export class MachineSettingsRegistry {
  readonly #store: Store;
  readonly #edits = new OneAtATime();

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Applies the edits to the stored settings: to all named machines, or to none. Deletes the key of a machine without
   * settings, because nothing else would delete the key of a machine that is gone for good.
   * @returns the revision of the result.
   * @throws ConflictError when other daemons keep changing the same machines; SettingsTooLargeError;
   * VouchedMetadataError.
   */
  edit(edits: readonly MetadataEdit[], signal?: AbortSignal): Promise<number> {
    const byMachine = Map.groupBy(edits, ({ machineID }) => machineID);
    return this.#edits.run(ALL, () => this.#edit(byMachine, signal), signal);
  }

  /**
   * Changes what operators want of one machine, which may be away.
   * @returns the revision of the result, and the result.
   * @throws ConflictError.
   */
  editUpkeep(id: string, edit: UpkeepEdit, signal?: AbortSignal): Promise<{ revision: number; upkeep: Upkeep }> {
    return this.#edits.run(ALL, () => this.#editUpkeep(id, edit, signal), signal);
  }

  /**
   * Ends a drain for the leader.
   * @param since names the drain: a later one stays.
   * @returns `applied` is false when the term is over, or the settings have changed meanwhile.
   */
  async endDrain({ term }: Leadership, id: string, since: number, signal?: AbortSignal): Promise<StepResult> {
    const key = keys.machineSettings(id);
    const { entries, revision } = await this.#store.range({ prefix: key, exact: true }, signal);
    const [entry] = entries;
    const before = entry && decode(machineSettingsRecord, entry.value);
    if (!entry || !before?.drain || before.drain.since !== since) return { applied: false, revision };
    const compare = [
      { key: keys.leader, createRevision: term },
      { key, modRevision: entry.modRevision },
    ];
    const done = await this.#store.txn({ compare, onSuccess: [written(key, { ...before, drain: undefined })] }, signal);
    return { applied: done.succeeded, revision: done.revision };
  }

  async #editUpkeep(id: string, edit: UpkeepEdit, signal?: AbortSignal) {
    const key = keys.machineSettings(id);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const [entry] = (await this.#store.range({ prefix: key, exact: true }, signal)).entries;
      const { metadata = {}, ...before } = (entry && decode(machineSettingsRecord, entry.value)) ?? {};
      const upkeep = upkeepOf(edit(before));
      const compare = [{ key, modRevision: entry?.modRevision ?? 0 }];
      const { succeeded, revision } = await this.#store.txn(
        { compare, onSuccess: [written(key, { metadata, ...upkeep })] },
        signal,
      );
      if (succeeded) return { revision, upkeep };
    }
    throw new ConflictError(`cannot change the settings of machine ${id}: other clients keep changing them; try again`);
  }

  async #edit(edits: ReadonlyMap<string, readonly MetadataEdit[]>, signal?: AbortSignal): Promise<number> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      for (const [id, list] of edits) await this.#requireOwn(id, list, signal);
      const writes = await Promise.all([...edits].map(([id, list]) => this.#merged(id, list, signal)));
      requireStorable(writes.reduce((sum, { bytes }) => sum + bytes, 0));
      const { succeeded, revision } = await this.#store.txn(
        { compare: writes.map(({ compare }) => compare), onSuccess: writes.map(({ op }) => op) },
        signal,
      );
      if (succeeded) return revision;
    }
    throw new ConflictError("cannot change the metadata: other clients keep changing the same machines; try again");
  }

  /** A machine that joins meanwhile is no danger: what its token vouched for overrides the settings. */
  async #requireOwn(id: string, edits: readonly MetadataEdit[], signal?: AbortSignal): Promise<void> {
    const [entry] = (await this.#store.range({ prefix: keys.member(id), exact: true }, signal)).entries;
    const vouched = (entry && decode(memberRecord, entry.value)?.metadata) ?? {};
    for (const { metadata } of edits)
      for (const key of Object.keys(metadata))
        if (Object.hasOwn(vouched, key)) throw refusesVouched(id, key, vouched[key] ?? "");
  }

  async #merged(id: string, edits: readonly MetadataEdit[], signal?: AbortSignal) {
    const key = keys.machineSettings(id);
    const [entry] = (await this.#store.range({ prefix: key, exact: true }, signal)).entries;
    const before = entry && decode(machineSettingsRecord, entry.value);
    const settings: MachineSettings = { ...before, metadata: edited(before?.metadata ?? {}, edits) };
    const op = written(key, settings);
    const bytes = "value" in op ? Buffer.byteLength(op.value) : 0;
    // Settings above the limit may still become smaller.
    if (bytes > MOST_SETTINGS_BYTES && bytes > Buffer.byteLength(entry?.value ?? "")) throw tooLarge(id, bytes);
    return { compare: { key, modRevision: entry?.modRevision ?? 0 }, op, bytes };
  }
}

/** Writes settings, or deletes the key of a machine without any. */
function written(key: string, settings: MachineSettings): Extract<Op, { put: string } | { delete: string }> {
  const isEmpty = Object.keys(settings.metadata).length === 0 && !settings.cordon && !settings.drain;
  return isEmpty ? { delete: key } : { put: key, value: JSON.stringify(settings) };
}

/** Applies all edits to one copy: a copy for each edit would take quadratic time. */
function edited(before: MachineSettings["metadata"], edits: readonly MetadataEdit[]): MachineSettings["metadata"] {
  const result = new Map(Object.entries(before));
  for (const { reset = [], metadata } of edits) {
    if (reset === "all") result.clear();
    else for (const key of reset) result.delete(key);
    for (const [key, value] of Object.entries(metadata)) result.set(key, value);
  }
  return Object.fromEntries(result);
}

function refusesVouched(id: string, key: string, value: string): VouchedMetadataError {
  return new VouchedMetadataError(
    `cannot change ${JSON.stringify(key)} of machine ${id}: the machine's join token vouched for ${key}=${value}; ` +
      "remove the machine and join it with another token, or use another key",
  );
}

function tooLarge(id: string, bytes: number): SettingsTooLargeError {
  return new SettingsTooLargeError(
    `the metadata set for machine ${id} would have ${bytes} bytes, but at most ${MOST_SETTINGS_BYTES} are allowed; ` +
      "set shorter values, or reset keys",
  );
}

function requireStorable(bytes: number): void {
  if (bytes <= MOST_EDITED_BYTES) return;
  throw new SettingsTooLargeError(
    `the metadata of these machines would have ${bytes} bytes, but at most ${MOST_EDITED_BYTES} are allowed in a request; ` +
      "change fewer machines at once",
  );
}
