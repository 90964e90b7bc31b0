import type { DesiredState } from "@flotilla/model";
import type { Op, Store } from "@flotilla/store";
import { digestText, hashOptions, parseUnitFile } from "@flotilla/unit";
import { keys } from "./keys.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import { decode, type UnitRecord, unitRecord } from "./records.ts";
import { ConflictError } from "./registry-error.ts";

/**
 * What is to become of a unit. Text goes with a unit file that is new or replaces another; its hash, if it is known,
 * spares reading the file again.
 */
export type UnitEdit =
  | { readonly action: "keep" }
  | {
      readonly action: "write";
      readonly text?: string;
      readonly hash?: string;
      readonly desired: DesiredState;
      /** A request to restart the unit wherever it was started: `nextRestart` of the unit as it stands. */
      readonly restart?: number | undefined;
      /** See `Unit`. */
      readonly stoppedAt?: number;
    }
  | { readonly action: "destroy" };

/**
 * What is to become of a unit, by what it is now.
 * @param isUnreadable true when there is a record that nobody can read; the write then takes its place.
 */
export type UnitDecision = (current: StoredUnit | undefined, isUnreadable: boolean) => UnitEdit;

/** A unit as it stands in the store at one revision. */
export interface StoredUnit extends UnitRecord {
  readonly revision: number;
}

/** Only daemons compete, each with one write at a time; whenever one is too late, another one has written. */
const TRIES = 32;

/**
 * The number of a new request to restart the unit: above that of every earlier request, those to a destroyed unit of
 * the same name included.
 */
export function nextRestart({ revision, restart }: Pick<StoredUnit, "revision" | "restart">): number {
  return Math.max(revision, restart + 1);
}

/** The units' intent: which there are, their files, and what is wanted of them. Only the API writes it. */
export class UnitRegistry {
  readonly #store: Store;
  readonly #edits = new OneAtATime();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Undefined also for a unit whose record cannot be read. */
  async get(name: string, signal?: AbortSignal): Promise<StoredUnit | undefined> {
    return (await this.#read(name, signal)).unit;
  }

  /** A stored file's text, byte for byte as submitted; undefined when the store holds none, or another text in its place. */
  async text(digest: string, signal?: AbortSignal): Promise<string | undefined> {
    const [entry] = (await this.#store.range({ prefix: keys.file(digest), exact: true }, signal)).entries;
    return entry && digestText(entry.value) === digest ? entry.value : undefined;
  }

  /**
   * Reads a unit, asks `decide` what is to become of it, and writes that if nobody else has changed
   * the unit meanwhile; else starts over.
   * @param known what the unit is taken to be at first, in place of a read: the write tells whether it was right.
   * @returns the revision at which the result stands.
   * @throws whatever `decide` throws, with nothing written; ConflictError when other daemons keep changing it.
   */
  edit(
    name: string,
    decide: UnitDecision,
    signal?: AbortSignal,
    known?: { readonly unit: StoredUnit | undefined },
  ): Promise<number> {
    // Whoever had to wait knows that the unit has been changed since it was read.
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
    throw new ConflictError(`Unit ${name} is being changed by others at this moment; try again.`);
  }

  async #read(name: string, signal?: AbortSignal): Promise<Found> {
    const [entry] = (await this.#store.range({ prefix: keys.unit(name), exact: true }, signal)).entries;
    const record = entry && decode(unitRecord, entry.value);
    const revision = entry?.modRevision ?? 0;
    return { unit: record && { ...record, revision }, revision };
  }
}

/** What stands under a unit's key: without a unit and with a revision, a record that cannot be read. */
interface Found {
  readonly unit: StoredUnit | undefined;
  /** 0 when there is no key. */
  readonly revision: number;
}

function foundAs(unit: StoredUnit | undefined): Found {
  return { unit, revision: unit?.revision ?? 0 };
}

/** What is refused may be so only because the unit was taken for what it is no more. */
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
      // The file is written anew even when the store has it, so that a clean-up that saw it unused fails.
      const putFile: Op[] = edit.text === undefined ? [] : [{ put: keys.file(digest), value: edit.text }];
      return [...putFile, { put: keys.unit(name), value: JSON.stringify(record) }];
    }
  }
}

function describe(text: string, hash: string | undefined): { digest: string; hash: string } {
  return { digest: digestText(text), hash: hash ?? hashOptions(parseUnitFile(text).options) };
}
