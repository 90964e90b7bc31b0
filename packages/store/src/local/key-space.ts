import {
  type Compare,
  keyOf,
  type KeyValue,
  type LeaseId,
  type Op,
  type RangePage,
  type RangeRequest,
  type Revision,
  type Txn,
} from "../port/index.ts";
import { CompactedError, LeaseLostError, StoreRefusedError } from "../port/store-error.ts";
import { checkRange, checkTxn } from "../port/request-rules.ts";
import type { Change, Step } from "./change.ts";
import { compareKeys } from "./key-order.ts";
import { SortedEntries } from "./sorted-entries.ts";

/** The whole state of a key space, as a journal restores it. */
export interface KeySpaceImage {
  readonly entries: readonly KeyValue[];
  /** Has no gaps, ends at the current revision, and is never empty. */
  readonly history: readonly Change[];
}

const DEFAULT_LIMIT = 1_000;

/** An empty store is at revision 1, like an empty etcd. */
const EMPTY: KeySpaceImage = { entries: [], history: [{ revision: 1, steps: [] }] };

/** Keys with revisions and a history, by the rules of etcd. Synchronous, without a clock or a disk. */
export class KeySpace {
  readonly #current: SortedEntries;
  readonly #keysOfLease = new Map<LeaseId, Set<string>>();
  #history: Change[];
  #revision: Revision;

  constructor({ entries, history }: KeySpaceImage = EMPTY) {
    this.#current = new SortedEntries(entries);
    this.#history = [...history];
    this.#revision = history.at(-1)?.revision ?? 1;
    for (const entry of entries) this.#attach(entry);
  }

  get revision(): Revision {
    return this.#revision;
  }

  valueOf(key: string): string | undefined {
    return this.#current.get(key)?.value;
  }

  /** The history up to and including this revision is gone. The state as of this revision can still be read. */
  get compacted(): Revision {
    return this.#revision - this.#history.length;
  }

  /** @throws CompactedError, StoreRefusedError */
  range(request: RangeRequest): RangePage {
    checkRange(request);
    const { prefix, exact = false, after, limit = DEFAULT_LIMIT, changedSince = 0 } = request;
    const revision = request.revision ?? this.#revision;
    // Without this, reading a large store page by page would look at all entries for each page.
    if (!exact && changedSince === 0 && revision === this.#revision)
      return { ...this.#current.page(prefix, after, limit), revision };
    const held = exact
      ? this.#asOf(revision, prefix).filter(({ key }) => key === prefix)
      : this.#asOf(revision, prefix);
    const rest = after === undefined ? held : held.filter(({ key }) => compareKeys(key, after) > 0);
    const wanted = changedSince === 0 ? rest : rest.filter(({ modRevision }) => modRevision > changedSince);
    return { entries: wanted.slice(0, limit), more: wanted.length > limit, count: held.length, revision };
  }

  /**
   * @returns the change, whose steps are empty if nothing changed; undefined if a compare failed.
   * @throws StoreRefusedError; LeaseLostError for a put under a lease that does not exist.
   */
  txn(txn: Txn, knowsLease: (id: LeaseId) => boolean): Change | undefined {
    checkTxn(txn);
    if (!(txn.compare ?? []).every((compare) => this.#holds(compare))) return undefined;
    for (const op of txn.onSuccess) {
      if ("put" in op && op.lease !== undefined && !knowsLease(op.lease)) throw unknownLease(op.lease);
    }
    return this.#record(txn.onSuccess.flatMap((op) => this.#apply(op, this.#revision + 1)));
  }

  /** Returns the keys under the lease, in order. */
  keysUnder(id: LeaseId): string[] {
    return [...(this.#keysOfLease.get(id) ?? [])].sort(compareKeys);
  }

  /** Deletes every key under the lease. */
  endLease(id: LeaseId): Change {
    return this.#record(this.keysUnder(id).flatMap((key) => this.#delete(key, this.#revision + 1)));
  }

  /**
   * Returns every change from revision `from` on, in order.
   * @throws CompactedError
   */
  changesFrom(from: Revision): readonly Change[] {
    if (from <= this.compacted) throw compactedError(from, this.compacted);
    return this.#history.slice(Math.max(0, from - this.compacted - 1));
  }

  /** Drops the history up to and including `revision`, except the last change. */
  compact(revision: Revision): void {
    const drop = Math.min(revision - this.compacted, this.#history.length - 1);
    if (drop > 0) this.#history = this.#history.slice(drop);
  }

  #asOf(revision: Revision, prefix: string): KeyValue[] {
    if (revision > this.#revision) {
      throw new StoreRefusedError(`revision ${revision} is in the future: the store is at ${this.#revision}`);
    }
    if (revision < this.compacted) throw compactedError(revision, this.compacted);
    const now = this.#current.entriesWithPrefix(prefix);
    return revision === this.#revision ? now : undo(now, this.changesFrom(revision + 1), prefix);
  }

  #holds(compare: Compare): boolean {
    const entry = this.#current.get(compare.key);
    if ("createRevision" in compare) return (entry?.createRevision ?? 0) === compare.createRevision;
    return (entry?.modRevision ?? 0) === compare.modRevision;
  }

  #apply(op: Op, revision: Revision): Step[] {
    if ("put" in op) return [this.#put(op, revision)];
    if ("delete" in op) return this.#delete(op.delete, revision);
    return this.#current.keysWithPrefix(op.deletePrefix).flatMap((key) => this.#delete(key, revision));
  }

  #put({ put: key, value, lease }: Extract<Op, { put: string }>, revision: Revision): Step {
    const previous = this.#current.get(key);
    const createRevision = previous?.createRevision ?? revision;
    const entry = { key, value, createRevision, modRevision: revision, ...(lease === undefined ? {} : { lease }) };
    if (previous !== undefined) this.#detach(previous);
    this.#current.set(entry);
    this.#attach(entry);
    return { event: { type: "put", entry }, ...(previous === undefined ? {} : { previous }) };
  }

  #delete(key: string, revision: Revision): Step[] {
    const previous = this.#current.get(key);
    if (previous === undefined) return [];
    this.#current.delete(key);
    this.#detach(previous);
    return [{ event: { type: "delete", key, modRevision: revision }, previous }];
  }

  #record(steps: readonly Step[]): Change {
    if (steps.length === 0) return { revision: this.#revision, steps };
    this.#revision += 1;
    const change = { revision: this.#revision, steps };
    this.#history.push(change);
    return change;
  }

  #attach({ key, lease }: KeyValue): void {
    if (lease === undefined) return;
    const keys = this.#keysOfLease.get(lease) ?? new Set();
    this.#keysOfLease.set(lease, keys.add(key));
  }

  #detach({ key, lease }: KeyValue): void {
    if (lease === undefined) return;
    const keys = this.#keysOfLease.get(lease);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysOfLease.delete(lease);
  }
}

/** The entries before the changes. For each key, that is the previous entry of its first step. */
function undo(now: readonly KeyValue[], changes: readonly Change[], prefix: string): KeyValue[] {
  const before = new Map<string, KeyValue | undefined>();
  for (const { event, previous } of changes.flatMap(({ steps }) => steps)) {
    const key = keyOf(event);
    if (key.startsWith(prefix) && !before.has(key)) before.set(key, previous);
  }
  const unchanged = now.filter(({ key }) => !before.has(key));
  const restored = [...before.values()].filter((entry) => entry !== undefined);
  return [...unchanged, ...restored].sort((left, right) => compareKeys(left.key, right.key));
}

function compactedError(revision: Revision, compacted: Revision): CompactedError {
  return new CompactedError(
    `the store no longer holds revision ${revision}: its history up to ${compacted} was compacted; list the store again`,
    { compacted },
  );
}

function unknownLease(id: LeaseId): LeaseLostError {
  return new LeaseLostError(`lease ${id} has ended, so no key can be put under it`);
}
