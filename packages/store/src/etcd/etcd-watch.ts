import { Duplex } from "node:stream";
import { Backoff, type Clock, isProgrammingError, untilAborted } from "@flotilla/runtime";
import type { WatchBatch, WatchRequest } from "../port/index.ts";
import { checkSelection } from "../port/request-rules.ts";
import { CompactedError, StoreReplacedError, StoreUnavailableError } from "../port/store-error.ts";
import type { EtcdConnection } from "./etcd-connection.ts";
import { storeError } from "./etcd-error.ts";
import type { EtcdKeys } from "./etcd-keys.ts";
import { requireSameStore } from "./same-store.ts";
import { batchOf, createRequest, responsesOf } from "./watch-messages.ts";

export interface EtcdWatchOptions {
  readonly connection: EtcdConnection;
  readonly keys: EtcdKeys;
  readonly clock: Clock;
  readonly random: () => number;
  /** How long a stream must last before the next one is opened without a growing pause, milliseconds. */
  readonly steadyMs: number;
}

/** A watch that continues over lost streams, after the last revision that it has delivered. */
export async function* watchEtcd(
  options: EtcdWatchOptions,
  request: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch, never> {
  checkSelection(request);
  const { connection, clock, random, steadyMs } = options;
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
    if (clock.monotonic() - startedAt > steadyMs) backoff.reset();
    const over = new AbortController();
    await untilAborted(signals, () => clock.sleep(backoff.next(), over.signal), over);
  }
}

/** One stream, until it fails. */
async function* watchOnce(
  { connection, keys }: Pick<EtcdWatchOptions, "connection" | "keys">,
  request: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch> {
  const { from: next } = request;
  const {
    stream,
    endpoint,
    abandon,
    abandoned,
    silence: connectionSilence,
  } = await connection.open("watch", (etcd, call) => etcd.watch.watch(call), signal);
  if (!(stream instanceof Duplex)) throw new TypeError("gRPC's stream is not a Duplex");
  const end = (): void => stream.cancel();
  let gaveUp = false;
  const giveUp = (): void => {
    gaveUp = true;
    abandon();
    end();
  };
  const silence = connectionSilence.watch({ ask: () => stream.write({ progress_request: {} }), giveUp });
  // If a call on the same connection got no answer, the stream is dead too.
  const ends = [signal, connection.closed, abandoned];
  for (const each of ends) each.addEventListener("abort", end, { once: true });
  try {
    for (const each of ends) each.throwIfAborted();
    stream.write({ create_request: createRequest(keys, request) });
    for await (const response of responsesOf(stream)) {
      silence.heard();
      // etcd sends this first. From here on the stream delivers changes of the store that it was opened on.
      if (response.created) await requireSameStore(connection, keys, request, signal);
      const batch = batchOf(response, keys, next);
      if (batch !== undefined) yield batch;
      silence.waiting();
    }
    throw new StoreUnavailableError(`etcd at ${endpoint.address} ended the watch stream`);
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

/** True if a new stream would end with the same error. */
function isFinal(error: unknown): boolean {
  return error instanceof CompactedError || error instanceof StoreReplacedError;
}
