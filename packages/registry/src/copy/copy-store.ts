import {
  baseValue,
  type KeyValue,
  type LeaseCalls,
  type LeaseId,
  type Op,
  type Revision,
  type Store,
} from "@flotilla/store";
import { keys } from "../keys.ts";
import { continued } from "../continued.ts";
import { firstValue, ofUnit, treatmentOf, unitKeyOf } from "./copied-value.ts";
import { copiedPages } from "./pages.ts";
import { putBatches } from "./put-batches.ts";
import { CopyDiffersError } from "./copy-error.ts";

type LeasedStore = Store & LeaseCalls;

export interface CopyOptions {
  /** The store with the cluster, as its daemons see it. No daemon may write while it is copied. */
  readonly from: LeasedStore;
  /** The other store as it is, without a base. It has no keys but the copy's own: see `StoreMoves.arrive`. */
  readonly to: LeasedStore;
  /** Called with the number of keys that were copied or checked so far, out of twice `keys`. */
  readonly onProgress: (done: number, of: number) => void;
}

/** Leases that are granted at once. */
const LEASES_AT_ONCE = 16;

/**
 * Copies a cluster to another store and compares the copy with the original. The copy has the same keys, under leases
 * with the same IDs, and its revisions continue those of the original.
 * @returns the revision of the original that was copied.
 * @throws CopyDifferesError; the stores' errors; the signal's reason. The original is unchanged in each case.
 */
export async function copyStore(options: CopyOptions, signal: AbortSignal): Promise<Revision> {
  const { from, to, onProgress } = options;
  const { revision, count } = await from.range({ prefix: "", limit: 1 }, signal);
  await to.txn({ onSuccess: [{ put: keys.base, value: baseValue(revision + 1) }] }, signal);
  let done = 0;
  const note = (keysDone: number): void => onProgress(Math.min((done += keysDone), 2 * count), 2 * count);
  const leases = new Set<LeaseId>();
  const late: KeyValue[] = [];
  for await (const page of copiedPages(from, revision, signal)) {
    await grantLeases(options, page, leases, signal);
    const now = page.filter(({ key }) => treatmentOf(key) !== "of-unit");
    late.push(...page.filter(({ key }) => treatmentOf(key) === "of-unit"));
    await put(
      to,
      now.map((entry) => opFor(entry, firstValue(entry))),
      signal,
    );
    note(page.length);
  }
  const target = continued(to);
  const values = await valuesOfUnits(options, target, revision, late, signal);
  await put(
    to,
    late.map((entry) => opFor(entry, values.get(entry.key) ?? entry.value)),
    signal,
  );
  await compare(options, { revision, values, note }, signal);
  return revision;
}

function opFor({ key, lease }: KeyValue, value: string): Extract<Op, { put: string }> {
  return { put: key, value, ...(lease !== undefined && { lease }) };
}

async function put(to: LeasedStore, ops: readonly Extract<Op, { put: string }>[], signal: AbortSignal): Promise<void> {
  // All of a page at once: etcd writes several transactions to its disk together.
  await Promise.all(putBatches(ops).map((onSuccess) => to.txn({ onSuccess }, signal)));
}

/** A lease gets its whole TTL in the copy, as in a store that restarts: its holder cannot renew it meanwhile. */
async function grantLeases(
  { from, to }: CopyOptions,
  page: readonly KeyValue[],
  known: Set<LeaseId>,
  signal: AbortSignal,
): Promise<void> {
  const fresh = [...new Set(page.flatMap(({ lease }) => lease ?? []))].filter((id) => !known.has(id));
  for (let first = 0; first < fresh.length; first += LEASES_AT_ONCE)
    await Promise.all(
      fresh.slice(first, first + LEASES_AT_ONCE).map(async (id) => {
        const lease = await from.readLease(id, signal);
        // A lease that has just expired: its keys expire in the copy, too.
        await to.grantLease(id, lease?.ttlMs ?? SHORTEST_MS, signal);
        known.add(id);
      }),
    );
}

const SHORTEST_MS = 1_000;

/** The values of keys that name a unit's revision, by key. */
async function valuesOfUnits(
  { from }: CopyOptions,
  target: Store,
  revision: Revision,
  entries: readonly KeyValue[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  for (const { key, value } of entries) {
    const unit = { prefix: unitKeyOf(key), exact: true };
    const [original] = (await from.range({ ...unit, revision }, signal)).entries;
    const [copy] = (await target.range(unit, signal)).entries;
    if (original && copy) values.set(key, ofUnit(value, { original: original.modRevision, copy: copy.modRevision }));
  }
  return values;
}

interface Copied {
  readonly revision: Revision;
  readonly values: ReadonlyMap<string, string>;
  readonly note: (keys: number) => void;
}

/** @throws CopyDiffersError unless the copy has exactly the keys, values and leases that it should have. */
async function compare(
  { from, to }: CopyOptions,
  { revision, values, note }: Copied,
  signal: AbortSignal,
): Promise<void> {
  const made = entriesOf(copiedPages(to, await to.revision(signal), signal));
  for await (const page of copiedPages(from, revision, signal)) {
    for (const entry of page) {
      const { value: there } = await made.next();
      const value = values.get(entry.key) ?? firstValue(entry);
      if (there?.key !== entry.key || there.value !== value || there.lease !== entry.lease)
        throw new CopyDiffersError(`the copy of the key ${JSON.stringify(entry.key)} differs from the original`);
    }
    note(page.length);
  }
  const { value: more } = await made.next();
  if (more)
    throw new CopyDiffersError(`the copy has the key ${JSON.stringify(more.key)}, which the original does not have`);
}

async function* entriesOf(pages: AsyncIterable<readonly KeyValue[]>): AsyncGenerator<KeyValue, undefined> {
  for await (const page of pages) yield* page;
  return undefined;
}
