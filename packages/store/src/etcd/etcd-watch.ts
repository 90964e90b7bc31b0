import { Duplex } from "node:stream";
import { Backoff, type Clock, isProgrammingError, untilAborted } from "@flotilla/runtime";
import type { IEvent, IWatchRequest, IWatchResponse } from "etcd3";
import type { Revision, WatchBatch, WatchEvent, WatchRequest } from "../port/index.ts";
import { CompactedError, StoreReplacedError, StoreUnavailableError } from "../port/store-error.ts";
import { revisionBeyondStore, witnessChanged } from "../port/replaced.ts";
import type { EtcdConnection } from "./etcd-connection.ts";
import { entryOf } from "./etcd-entry.ts";
import { storeError } from "./etcd-error.ts";
import type { EtcdKeys } from "./etcd-keys.ts";
import { watchSilence } from "./watch-silence.ts";

export interface EtcdWatchOptions {
  readonly connection: EtcdConnection;
  readonly keys: EtcdKeys;
  readonly clock: Clock;
  readonly random: () => number;
  /** How long etcd may be silent before the watch requests an answer, milliseconds. */
  readonly quietMs: number;
  /** How long that answer, or opening a stream, may take before the watch abandons the connection, milliseconds. */
  readonly answerMs: number;
}

/** The watch ID of a response that belongs to no watch of the stream: the answer to a progress request. */
const NO_WATCH = "-1";

/** A watch that continues over lost streams, after the last revision that it has delivered. */
export async function* watchEtcd(
  options: EtcdWatchOptions,
  request: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch, never> {
  const { connection, clock, random, answerMs } = options;
  const signals = [signal, connection.closed];
  const backoff = new Backoff({ first: 50, most: 2_000, random });
  let next = Math.max(1, request.from);
  for (;;) {
    const startedAt = clock.monotonic();
    try {
      for await (const batch of watchOnce(options, { ...request, from: next }, signal)) {
        next = batch.revision + 1;
        yield batch;
      }
    } catch (error) {
      for (const each of signals) each.throwIfAborted();
      if (isFinal(error) || isProgrammingError(error)) throw error;
    }
    // A stream that breaks right after it opens must not be reopened without pauses.
    if (clock.monotonic() - startedAt > answerMs) backoff.reset();
    const over = new AbortController();
    await untilAborted(signals, () => clock.sleep(backoff.next(), over.signal), over);
  }
}

/** One stream, until it fails. */
async function* watchOnce(
  options: EtcdWatchOptions,
  request: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch> {
  const { prefix, from: next } = request;
  const { connection, keys } = options;
  const { stream, endpoint, abandon, abandoned } = await connection.open(
    "watch",
    (etcd, call) => etcd.watch.watch(call),
    signal,
  );
  if (!(stream instanceof Duplex)) throw new TypeError("gRPC's stream is not a Duplex.");
  const end = (): void => stream.cancel();
  let gaveUp = false;
  const giveUp = (): void => {
    gaveUp = true;
    abandon();
    end();
  };
  const silence = watchSilence({ ...options, ask: () => stream.write({ progress_request: {} }), giveUp });
  // If a call on the same connection got no answer, the stream is dead too.
  const ends = [signal, connection.closed, abandoned];
  for (const each of ends) each.addEventListener("abort", end, { once: true });
  try {
    for (const each of ends) each.throwIfAborted();
    stream.write({ create_request: createRequest(keys, prefix, next) });
    for await (const response of responsesOf(stream)) {
      silence.heard();
      // etcd sends this first. From here on the stream delivers changes of the store that it was opened on.
      if (response.created) await requireSameStore(options, request, signal);
      const batch = batchOf(response, keys, next);
      connection.succeeded(endpoint);
      if (batch !== undefined) yield batch;
      silence.waiting();
    }
    throw new StoreUnavailableError(`etcd at ${endpoint.address} ended the watch stream.`);
  } catch (error) {
    // If a call has abandoned the connection, the failure is known, and the member may serve again.
    const isKnown = abandoned.aborted && !gaveUp;
    if (signal.aborted || isFinal(error)) throw error;
    throw isKnown ? storeError(error, endpoint.address) : connection.streamFailed(endpoint, error);
  } finally {
    for (const each of ends) each.removeEventListener("abort", end);
    silence.stop();
    end();
  }
}

/**
 * Checks that the store is the one that the caller has read. Uses a linearizable read, because the member that serves the
 * stream may be behind the others. The cluster ID of etcd is no help: it comes from the flags of its first start and is the
 * same after its data is deleted.
 * @throws StoreReplacedError
 */
async function requireSameStore(
  { connection, keys }: EtcdWatchOptions,
  { from, witness }: WatchRequest,
  signal: AbortSignal,
): Promise<void> {
  const read = { key: witness ? keys.encode(witness.key) : keys.range("").key, count_only: witness === undefined };
  const { header, kvs } = await connection.repeatable(
    "check the store",
    (etcd, call) => etcd.kv.range(read, call),
    signal,
  );
  const revision = Number(header.revision);
  if (from > revision + 1) throw revisionBeyondStore(from, revision);
  if (witness && kvs[0]?.value.toString() !== witness.value) throw witnessChanged(witness);
}

/** True if a new stream would end with the same error. */
function isFinal(error: unknown): boolean {
  return error instanceof CompactedError || error instanceof StoreReplacedError;
}

/**
 * Starts one revision early; the watch then skips that revision. etcd up to 3.5.21 accepts a watch from exactly the compacted
 * revision, although it no longer has the deletions of that revision
 * (https://github.com/etcd-io/etcd/issues/19179). `fragment` stays off, so that all events of a revision arrive together.
 */
function createRequest(keys: EtcdKeys, prefix: string, next: Revision): IWatchRequest["create_request"] {
  return { ...keys.range(prefix), start_revision: Math.max(1, next - 1), progress_notify: true };
}

function batchOf(response: IWatchResponse, keys: EtcdKeys, next: Revision): WatchBatch | undefined {
  if (response.compact_revision !== "0") {
    throw new CompactedError(
      `etcd no longer holds revision ${next}: its history up to ${response.compact_revision} was compacted. ` +
        "List it again.",
    );
  }
  if (response.canceled) throw new StoreUnavailableError(response.cancel_reason || "etcd ended the watch.");
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
function responsesOf(stream: Duplex): AsyncIterable<IWatchResponse> {
  return stream;
}
