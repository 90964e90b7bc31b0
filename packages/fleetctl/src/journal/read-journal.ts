import type { Readable } from "node:stream";
import type { JournalOutput } from "@flotilla/api/client";
import { Backoff, FlotillaError } from "@flotilla/runtime";
import { isWorthAnotherTry } from "../cluster/worth-another-try.ts";
import type { Context } from "../context.ts";

/** One unit on one machine. */
export interface JournalSource {
  readonly unit: string;
  readonly machine: string;
}

export interface JournalReading<T> {
  readonly lines: number;
  readonly follow: boolean;
  readonly output: JournalOutput;
  /** What a stream of the daemon's is made of. */
  readonly parts: (stream: Readable) => AsyncIterable<T>;
}

/** The stream broke off, which node says in one word. */
class JournalBrokenOffError extends FlotillaError {
  readonly code = "connection-lost";
}

/**
 * Reads a journal. One that is followed is taken up again when its connection breaks or a daemon ends it, for as long
 * as it takes: each time that is told, for what was logged meanwhile is not shown.
 *
 * @throws ApiError, EndpointError when it cannot be opened at first, or is refused for good later;
 * JournalBrokenOffError when one that is not followed breaks off; the signal's reason.
 */
export async function* readJournal<T>(
  context: Context,
  { unit, machine }: JournalSource,
  { lines, follow, output, parts }: JournalReading<T>,
): AsyncGenerator<T> {
  const { environment, signal } = context;
  const client = await context.client();
  const backoff = new Backoff({ first: 100, most: 5000, random: environment.random });
  const openAgain = async (): Promise<Readable | undefined> => {
    try {
      return await client.getUnitJournal(unit, { lines: 0, follow, output, machine }, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isWorthAnotherTry(error)) throw error;
      return undefined;
    }
  };
  let isToldOf = false;
  let stream: Readable | undefined = await client.getUnitJournal(unit, { lines, follow, output, machine }, signal);
  for (;;) {
    try {
      for await (const part of stream ? parts(stream) : []) {
        backoff.reset();
        isToldOf = false;
        yield part;
      }
      if (!follow) return;
    } catch (error) {
      signal.throwIfAborted();
      if (!isOfStream(error)) throw error;
      if (!follow) throw brokenOff(unit, machine, error);
    }
    if (!isToldOf) context.tell(`The connection to the journal of ${unit} was lost; following again from now on.`);
    isToldOf = true;
    await environment.clock.sleep(backoff.next(), signal);
    stream = await openAgain();
  }
}

/** Node's errors of streams and sockets have a code of theirs; a mistake of ours has none. */
function isOfStream(error: unknown): boolean {
  return error instanceof Error && !(error instanceof FlotillaError) && "code" in error;
}

function brokenOff(unit: string, machine: string, cause: unknown): JournalBrokenOffError {
  return new JournalBrokenOffError(
    `The journal of ${unit} on ${machine} broke off: a daemon was restarted or the connection was lost. Ask again.`,
    { cause },
  );
}
