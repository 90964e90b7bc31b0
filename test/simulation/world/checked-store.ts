import { messageOf } from "@flotilla/runtime";
import {
  CompactedError,
  keyOf,
  type RangePage,
  selects,
  type Store,
  type WatchBatch,
  type WatchEvent,
  type WatchRequest,
} from "@flotilla/store";
import type { Call } from "@flotilla/store/memory";
import type { Ledger } from "./ledger.ts";

export interface CheckedStoreOptions {
  readonly ledger: Ledger;
  /** The revision up to which the store has been compacted. */
  readonly compacted: () => number;
  readonly onCall: (call: Call) => void;
  /** Called when the store breaks the promises of its port. */
  readonly onWrong: (what: string) => void;
}

/** A watch that its reader has not left. */
export interface OpenWatch {
  readonly request: WatchRequest;
  /** Everything before this revision was delivered. */
  next: number;
}

/**
 * Checks all that an agent gets from its store against the ledger: reads show the present, and a watch delivers each
 * event once, in order.
 */
export function checkedStore(store: Store, options: CheckedStoreOptions): Store & { readonly watches: Set<OpenWatch> } {
  const { ledger, onCall } = options;
  const watches = new Set<OpenWatch>();
  const asked = <T>(call: Call, work: () => Promise<T>): Promise<T> => {
    onCall(call);
    return work().catch((error: unknown) => rethrow(error, options));
  };
  return {
    watches,
    revision: (signal) => asked({ type: "revision" }, () => store.revision(signal)),
    range: (request, signal) => {
      const since = ledger.revision;
      const check = (page: RangePage): RangePage => checkPage(page, since, options);
      return asked({ type: "range", request }, () => store.range(request, signal)).then(check);
    },
    txn: (txn, signal) => asked({ type: "txn", txn }, () => store.txn(txn, signal)),
    watch: (request, signal) => {
      onCall({ type: "watch", request });
      return watched(store.watch(request, signal), request, { ...options, watches });
    },
    grant: (ttlMs, signal) => asked({ type: "grant", ttlMs }, () => store.grant(ttlMs, signal)),
    resume: (id, ttlMs, signal) => asked({ type: "renew", lease: id }, () => store.resume(id, ttlMs, signal)),
    leaseTime: (id, signal, limitMs) =>
      asked({ type: "lease-time", lease: id }, () => store.leaseTime(id, signal, limitMs)),
    close: () => store.close(),
  };
}

async function* watched(
  batches: AsyncIterable<WatchBatch>,
  request: WatchRequest,
  options: CheckedStoreOptions & { readonly watches: Set<OpenWatch> },
): AsyncGenerator<WatchBatch> {
  const { watches, onWrong, compacted } = options;
  const open: OpenWatch = { request, next: request.from };
  watches.add(open);
  try {
    for await (const batch of batches) {
      const wrong = wrongIn(batch, open, options);
      if (wrong !== undefined) onWrong(`the watch of ${request.prefix} from ${request.from} ${wrong}`);
      open.next = batch.revision + 1;
      yield batch;
    }
  } catch (error) {
    if (error instanceof CompactedError && open.next > compacted() + 1)
      onWrong(`the watch of ${request.prefix} at ${open.next} ended by a compaction up to ${compacted()}`);
    rethrow(error, options);
  } finally {
    watches.delete(open);
  }
}

/** Compares a batch with the events that the store has had since the last one. */
function wrongIn(
  { events, revision }: WatchBatch,
  { request, next }: OpenWatch,
  { ledger }: CheckedStoreOptions,
): string | undefined {
  if (revision < next) return `delivers revision ${revision} after ${next - 1}`;
  if (revision > ledger.revision) return `delivers revision ${revision}, but the store is at ${ledger.revision}`;
  const due = ledger.changes(next, revision).filter((event) => selects(request, keyOf(event)));
  const [got, wanted] = [events.map(textOf), due.map(textOf)];
  if (got.join() === wanted.join()) return undefined;
  return `delivers from ${next} to ${revision} [${got.join()}] instead of [${wanted.join()}]`;
}

function textOf(event: WatchEvent): string {
  if (event.type === "delete") return `${event.modRevision} deletes ${event.key}`;
  const { key, value, modRevision, createRevision } = event.entry;
  return `${modRevision} puts ${key} of ${createRevision}: ${value}`;
}

function checkPage(page: RangePage, since: number, { ledger, onWrong }: CheckedStoreOptions): RangePage {
  if (page.revision < since) onWrong(`a read shows revision ${page.revision}, but ${since} was written before`);
  for (const entry of page.entries) {
    const stored = ledger.at(entry.key, page.revision);
    if (stored?.value !== entry.value || stored.modRevision !== entry.modRevision)
      onWrong(`a read shows ${entry.key} of ${entry.modRevision}, which is another one at ${page.revision}`);
  }
  return page;
}

/** The store is never replaced here, and no agent asks for what it may not do. */
const NEVER = new Set(["store-replaced", "store-refused"]);

function rethrow(error: unknown, { onWrong }: CheckedStoreOptions): never {
  const { code } = error as { readonly code?: string };
  if (code !== undefined && NEVER.has(code)) onWrong(`a call fails: ${messageOf(error)}`);
  throw error;
}
