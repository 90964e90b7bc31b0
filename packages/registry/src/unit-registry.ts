import type { DesiredState } from "@flotilla/model";
import type { Op, Store } from "@flotilla/store";
import { digestText, hashOptions, parseUnitFile } from "@flotilla/unit";
import { keys } from "./keys.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import { decode, type UnitRecord, unitRecord } from "./records.ts";
import { ConflictError } from "./registry-error.ts";

/**
 * A change of a unit. `text` is a new unit file, which replaces the present one; `hash` is its hash, if the caller has
 * computed it.
 */
export type UnitEdit =
  | { readonly action: "keep" }
  | {
      readonly action: "write";
      readonly text?: string;
      readonly hash?: string;
      readonly desired: DesiredState;
      /** A restart request: `nextRestart` of the present unit. */
      readonly restart?: number | undefined;
      /** See `Unit`. */
      readonly stoppedAt?: number;
    }
  | { readonly action: "destroy" };

/**
 * Returns the change of a unit.
 * @param isUnreadable whether the unit has an unreadable record, which a write replaces.
 */
export type UnitDecision = (current: StoredUnit | undefined, isUnreadable: boolean) => UnitEdit;

/** A unit's record in the store at one revision. */
export interface StoredUnit extends UnitRecord {
  readonly revision: number;
}

/** Only daemons compete, each with one write at a time. Whenever one fails, another has succeeded. */
const TRIES = 32;

/**
 * Returns the number of a new restart request: higher than all earlier requests, including those to a destroyed unit of
 * the same name.
 */
export function nextRestart({ revision, restart }: Pick<StoredUnit, "revision" | "restart">): number {
  return Math.max(revision, restart + 1);
}

/** The intent: units, their files and desired states. Only the API writes it. */
export class UnitRegistry {
  readonly #store: Store;
  readonly #edits = new OneAtATime();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Returns undefined also for a unit with an unreadable record. */
  async get(name: string, signal?: AbortSignal): Promise<StoredUnit | undefined> {
    return (await this.#read(name, signal)).unit;
  }

  /** Returns a file's text, byte for byte as submitted; undefined if the store has none or a text with another digest. */
  async text(digest: string, signal?: AbortSignal): Promise<string | undefined> {
    const [entry] = (await this.#store.range({ prefix: keys.file(digest), exact: true }, signal)).entries;
    return entry && digestText(entry.value) === digest ? entry.value : undefined;
  }

  /**
   * Reads a unit, calls `decide`, and writes its result if the unit has not changed since; otherwise starts over.
   * @param known the unit to assume at first, instead of reading it: the write fails if the assumption is wrong.
   * @returns the revision of the result.
   * @throws whatever `decide` throws, with nothing written; ConflictError when other daemons keep changing the unit.
   */
  edit(
    name: string,
    decide: UnitDecision,
    signal?: AbortSignal,
    known?: { readonly unit: StoredUnit | undefined },
  ): Promise<number> {
    // After waiting for another edit, what the caller read is stale.
    const edit = (waited: boolean): Promise<number> => this.#edit(name, decide, signal, waited ? undefined : known);
    return this.#edits.run(name, edit, signal);
  }

  async #edit(
    name: string,
    decide: UnitDecision,
    signal: AbortSignal | undefined,
    known: { readonly unit: StoredUnit | undefined } | undefined,
  ): Promise<number> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const isGuess = attempt === 0 && known !== undefined;
      const { unit, revision } = isGuess ? foundAs(known.unit) : await this.#read(name, signal);
      const decided = (): UnitEdit => decide(unit, unit === undefined && revision > 0);
      const edit = isGuess ? decisionOrNone(decided) : decided();
      if (edit === undefined) continue;
      // mutation: unit compared on write
      const compare = [{ key: keys.unit(name), modRevision: revision }];
      const result = await this.#store.txn({ compare, onSuccess: writesFor(name, unit, edit) }, signal);
      if (result.succeeded) return result.revision;
    }
    throw new ConflictError(`cannot change unit ${name}: other clients keep changing the unit; try again`);
  }

  async #read(name: string, signal?: AbortSignal): Promise<Found> {
    const [entry] = (await this.#store.range({ prefix: keys.unit(name), exact: true }, signal)).entries;
    const record = entry && decode(unitRecord, entry.value);
    const revision = entry?.modRevision ?? 0;
    return { unit: record && { ...record, revision }, revision };
  }
}

/** The value of a unit's key. A revision without a unit means an unreadable record. */
interface Found {
  readonly unit: StoredUnit | undefined;
  /** 0 when there is no key. */
  readonly revision: number;
}

function foundAs(unit: StoredUnit | undefined): Found {
  return { unit, revision: unit?.revision ?? 0 };
}

/** Undefined if `decide` refuses: the assumption about the unit may be stale. */
function decisionOrNone(decide: () => UnitEdit): UnitEdit | undefined {
  try {
    return decide();
  } catch {
    return undefined;
  }
}

function writesFor(name: string, current: StoredUnit | undefined, edit: UnitEdit): Op[] {
  switch (edit.action) {
    case "keep":
      return [];
    case "destroy":
      return [{ delete: keys.unit(name) }];
    case "write": {
      const file = edit.text === undefined ? current : describe(edit.text, edit.hash);
      if (!file) throw new Error(`a new unit without a file: ${name}`);
      const { digest, hash } = file;
      const { desired, stoppedAt = 0, restart = current?.restart ?? 0 } = edit;
      const record: UnitRecord = { digest, hash, desired, restart, stoppedAt };
      // Writes the file even if the store has it: the write makes a concurrent deletion of the unused file fail.
      const putFile: Op[] = edit.text === undefined ? [] : [{ put: keys.file(digest), value: edit.text }];
      return [...putFile, { put: keys.unit(name), value: JSON.stringify(record) }];
    }
  }
}

function describe(text: string, hash: string | undefined): { digest: string; hash: string } {
  return { digest: digestText(text), hash: hash ?? hashOptions(parseUnitFile(text).options) };
}
