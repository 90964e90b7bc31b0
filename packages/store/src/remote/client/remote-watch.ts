import { type Link, LinkAnswerError } from "@flotilla/link";
import { Backoff, type Clock, isOutage, untilAborted } from "@flotilla/runtime";
import type { WatchBatch, WatchRequest } from "../../port/index.ts";
import { StoreUnavailableError } from "../../port/store-error.ts";
import { STORE_PATH } from "../wire/calls.ts";
import { errorOf } from "../wire/errors.ts";
import { answers, parseJSON, problemOf } from "../wire/messages.ts";
import { refusalOf, storeErrorOf } from "./remote-calls.ts";

export interface RemoteWatchOptions {
  readonly link: Link;
  readonly clock: Clock;
  readonly random: () => number;
  /** Aborts when the store client is closed. */
  readonly closed: AbortSignal;
}

/** A watch that lasted so long has worked: the next pause is short again, milliseconds. */
const WORKED_MS = 5_000;

/** A watch that continues over lost sessions, also with other servers, after the last revision that it has delivered. */
export async function* watchRemote(
  options: RemoteWatchOptions,
  request: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch, never> {
  const { clock, random, closed } = options;
  const signals = [signal, closed];
  const backoff = new Backoff({ first: 50, most: 2_000, random });
  let next = request.from;
  for (;;) {
    const startedAt = clock.monotonic();
    try {
      for await (const batch of watchOnce(options, { ...request, from: next }, signal)) {
        // mutation: remote watch goes on
        next = batch.revision + 1;
        yield batch;
      }
    } catch (error) {
      for (const each of signals) each.throwIfAborted();
      if (!isOutage(error)) throw error;
    }
    if (clock.monotonic() - startedAt > WORKED_MS) backoff.reset();
    const over = new AbortController();
    await untilAborted(signals, () => clock.sleep(backoff.next(), over.signal), over);
  }
}

/** One stream, until it ends. */
async function* watchOnce(
  { link, closed }: RemoteWatchOptions,
  { reached, ...request }: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch> {
  const ended = new AbortController();
  const ends = [signal, closed];
  const end = (): void => ended.abort(ends.find(({ aborted }) => aborted)?.reason);
  for (const each of ends) each.addEventListener("abort", end, { once: true });
  try {
    for (const each of ends) each.throwIfAborted();
    const body = JSON.stringify({ ...request, ...(reached && { reached: reached() }) });
    for await (const line of link.lines(`${STORE_PATH}watch`, body, ended.signal)) {
      const batch = batchOf(line);
      // A progress that the caller already knows.
      if (batch.revision >= request.from) yield batch;
    }
  } catch (error) {
    throw error instanceof LinkAnswerError ? refusalOf(error.body, error.message) : storeErrorOf(error);
  } finally {
    for (const each of ends) each.removeEventListener("abort", end);
    ended.abort(new StoreUnavailableError("the watch has ended"));
  }
}

function batchOf(line: string): WatchBatch {
  const parsed = answers.watch.safeParse(parseJSON(line));
  if (!parsed.success) {
    throw new StoreUnavailableError(`the server's line of a watch is not valid: ${problemOf(parsed.error)}`);
  }
  if ("code" in parsed.data) throw errorOf(parsed.data.code, parsed.data.reason);
  return parsed.data;
}
