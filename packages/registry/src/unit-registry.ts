import type { DesiredState, UnitMove } from "@flotilla/model";
import type { Compare, Op, Store } from "@flotilla/store";
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
      readonly move?: UnitMove;
    }
  | { readonly action: "destroy" };

/** The change of another unit that goes along with an edit. */
export interface EditAlong {
  readonly unit: string;
  /** The unit as the caller knows it. Nothing is written if it has changed since. */
  readonly current: StoredUnit | undefined;
  readonly edit: UnitEdit;
}

/** An edit with those that go along with it. */
export interface EditWithOthers {
  readonly edit: UnitEdit;
  readonly along: readonly EditAlong[];
}

/**
 * Returns the change of a unit.
 * @param isUnreadable whether the unit has an unreadable record, which a write replaces.
 */
export type UnitDecision = (current: StoredUnit | undefined, isUnreadable: boolean) => UnitEdit | EditWithOthers;

/** A unit's record in the store at one revision. */
export interface StoredUnit extends UnitRecord {
  readonly revision: number;
}

/** What the caller assumes instead of reading it. */
export interface KnownBefore {
  readonly unit: StoredUnit | undefined;
  /** Makes the caller's knowledge of other units current; called before an edit that changed others is decided again. */
  readonly refresh?: () => Promise<unknown>;
}

/** Only daemons compete, each with one write at a time. Whenever one fails, another has succeeded. */
const TRIES = 32;

/** The most units beside the edited one in a transaction: each may need two operations, of 128. */
const MOST_ALONG = 63;

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
  #lastWritten = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The revision of the last edit of this process. A live copy with an older revision may lack it. */
  get lastWritten(): number {
    return this.#lastWritten;
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
   * Edits that go along are written in the same transaction. If they do not fit, the first of them are written before.
   * @param known the unit to assume at first, instead of reading it: the write fails if the assumption is wrong.
   * @returns the revision of the result.
   * @throws whatever `decide` throws, with nothing written; ConflictError when other daemons keep changing the unit.
   */
  edit(name: string, decide: UnitDecision, signal?: AbortSignal, known?: KnownBefore): Promise<number> {
    // After waiting for another edit, what the caller read is stale.
    const edit = (waited: boolean): Promise<number> => this.#edit(name, decide, signal, known, waited);
    return this.#edits.run(name, edit, signal);
  }

  async #edit(
    name: string,
    decide: UnitDecision,
    signal: AbortSignal | undefined,
    known: KnownBefore | undefined,
    waited: boolean,
  ): Promise<number> {
    let refresh: KnownBefore["refresh"];
    for (let attempt = 0; attempt < TRIES; attempt++) {
      await refresh?.();
      const isGuess = attempt === 0 && known !== undefined && !waited;
      const { unit, revision } = isGuess ? foundAs(known.unit) : await this.#read(name, signal);
      const decided = (): UnitEdit | EditWithOthers => decide(unit, unit === undefined && revision > 0);
      const found = isGuess ? decisionOrNone(decided) : decided();
      if (found === undefined) continue;
      const { edit, along } = "along" in found ? found : { edit: found, along: NO_OTHERS };
      if (along.length > 0) refresh = known?.refresh;
      const fitting = await this.#writeFirst(along, signal);
      if (!fitting) continue;
      const own = writesFor(name, unit, edit);
      const onSuccess = [...own, ...fitting.flatMap((other) => writesFor(other.unit, other.current, other.edit))];
      // mutation: unit compared on write
      const compare = [{ key: keys.unit(name), modRevision: revision }, ...comparesOf(fitting)];
      const result = await this.#store.txn({ compare, onSuccess }, signal);
      if (!result.succeeded) continue;
      this.#lastWritten = Math.max(this.#lastWritten, result.revision);
      return result.revision;
    }
    throw new ConflictError(`cannot change unit ${name}: other clients keep changing the unit; try again`);
  }

  /**
   * Writes all but the last `MOST_ALONG`.
   * @returns the last ones; undefined if one of the others has changed since it was read.
   */
  async #writeFirst(
    along: readonly EditAlong[],
    signal: AbortSignal | undefined,
  ): Promise<readonly EditAlong[] | undefined> {
    let left = along;
    for (; left.length > MOST_ALONG; left = left.slice(MOST_ALONG)) {
      const batch = left.slice(0, MOST_ALONG);
      const onSuccess = batch.flatMap(({ unit, current, edit }) => writesFor(unit, current, edit));
      if (!(await this.#store.txn({ compare: comparesOf(batch), onSuccess }, signal)).succeeded) return undefined;
    }
    return left;
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
function decisionOrNone<T>(decide: () => T): T | undefined {
  try {
    return decide();
  } catch {
    return undefined;
  }
}

function comparesOf(along: readonly EditAlong[]): Compare[] {
  return along.map(({ unit, current }) => ({ key: keys.unit(unit), modRevision: current?.revision ?? 0 }));
}

const NO_OTHERS: readonly EditAlong[] = [];

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
      const record: UnitRecord = { digest, hash, desired, restart, stoppedAt, ...(edit.move && { move: edit.move }) };
      // Writes the file even if the store has it: the write makes a concurrent deletion of the unused file fail.
      const putFile: Op[] = edit.text === undefined ? [] : [{ put: keys.file(digest), value: edit.text }];
      return [...putFile, { put: keys.unit(name), value: JSON.stringify(record) }];
    }
  }
}

function describe(text: string, hash: string | undefined): { digest: string; hash: string } {
  return { digest: digestText(text), hash: hash ?? hashOptions(parseUnitFile(text).options) };
}
