import type { Duplex } from "node:stream";
import type { IEvent, IWatchRequest, IWatchResponse } from "etcd3";
import type { Revision, WatchBatch, WatchEvent, WatchRequest } from "../port/index.ts";
import { CompactedError, StoreUnavailableError } from "../port/store-error.ts";
import { entryOf } from "./etcd-entry.ts";
import type { EtcdKeys } from "./etcd-keys.ts";

/** The watch ID of a response that belongs to no watch of the stream: the answer to a progress request. */
const NO_WATCH = "-1";

/**
 * Starts one revision early; the watch then skips that revision. etcd up to 3.5.21 accepts a watch from exactly the
 * compacted revision, although it no longer has the deletions of that revision
 * (https://github.com/etcd-io/etcd/issues/19179). `fragment` stays off, so that all events of a revision arrive
 * together.
 */
export function createRequest(
  keys: EtcdKeys,
  { prefix, exact = false, from }: WatchRequest,
): IWatchRequest["create_request"] {
  const selection = exact ? { key: keys.encode(prefix) } : keys.range(prefix);
  return { ...selection, start_revision: Math.max(1, from - 1), progress_notify: true };
}

/**
 * Returns the batch in a response; undefined if the response has none. @throws CompactedError, StoreUnavailableError
 */
export function batchOf(response: IWatchResponse, keys: EtcdKeys, next: Revision): WatchBatch | undefined {
  if (response.compact_revision !== "0") {
    throw new CompactedError(
      `etcd no longer holds revision ${next}: its history up to ${response.compact_revision} was compacted; ` +
        "list the store again",
      { compacted: Number(response.compact_revision) },
    );
  }
  if (response.canceled) throw new StoreUnavailableError(response.cancel_reason || "etcd ended the watch");
  // Neither response tells the progress of this watch: the first has etcd's current revision before the replay, and the
  // second may overtake events (https://github.com/etcd-io/etcd/issues/15220).
  if (response.created || response.watch_id === NO_WATCH) return undefined;
  const last = response.events.at(-1);
  if (last === undefined) return { events: [], revision: Math.max(next - 1, Number(response.header.revision)) };
  // Not the revision in the header: in each part of a replay, that is the current revision of the store.
  const revision = Number(last.kv.mod_revision);
  if (revision < next) return undefined;
  const events = response.events.filter(({ kv }) => Number(kv.mod_revision) >= next);
  return { events: events.map((event) => eventOf(event, keys)), revision };
}

function eventOf({ type, kv }: IEvent, keys: EtcdKeys): WatchEvent {
  if (type === "Put") return { type: "put", entry: entryOf(kv, keys) };
  return { type: "delete", key: keys.decode(kv.key), modRevision: Number(kv.mod_revision) };
}

/** The chunks of a Duplex have no type; etcd3 decodes these. Iterating keeps the buffer of a slow reader small. */
export function responsesOf(stream: Duplex): AsyncIterable<IWatchResponse> {
  return stream;
}
