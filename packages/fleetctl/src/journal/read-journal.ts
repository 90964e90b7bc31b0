import type { Readable } from "node:stream";
import { Backoff, FlotillaError } from "@flotilla/runtime";
import type { JournalOutput } from "@flotilla/unit";
import { isWorthAnotherTry } from "../cluster/worth-another-try.ts";
import type { Context } from "../context.ts";

/** One unit on one machine. */
export interface JournalSource {
  readonly unit: string;
  readonly machine: string;
}

/** Where to begin: so many entries before the end, or after the one that a cursor says. */
export type JournalPosition = { readonly lines: number } | { readonly cursor: string };

export interface JournalReading<T> {
  readonly from: JournalPosition;
  readonly follow: boolean;
  readonly output: JournalOutput;
  /** What a stream of the daemon's is made of. */
  readonly parts: (stream: Readable) => AsyncIterable<T>;
  /** Where to go on after a part; undefined where it does not say. */
  readonly cursorOf: (part: T) => string | undefined;
}

/** A stream that is followed for so long has broken off by chance, milliseconds. */
const LASTING_MS = 10_000;

/** So many that break off sooner, one after the other, have a reason in the daemon's log. */
const MOST_SHORT = 3;

/** The stream broke off, which node says in one word. */
class JournalBrokenOffError extends FlotillaError {
  readonly code = "connection-lost";
}

/**
 * Reads a journal. One that is followed is taken up again when its connection breaks or a daemon ends it, for as long
 * as it takes, and that is told: each time, or once with where to look where a daemon breaks it off again and again,
 * as it does on a host that cannot watch files any more. It goes on where it was, if its parts say where that is, else
 * from then on.
 *
 * @throws ApiError, EndpointError when it cannot be opened at first, or is refused for good later;
 * JournalBrokenOffError when one that is not followed breaks off; the signal's reason.
 */
export async function* readJournal<T>(
  context: Context,
  { unit, machine }: JournalSource,
  { from, follow, output, parts, cursorOf }: JournalReading<T>,
): AsyncGenerator<T> {
  const { environment, signal } = context;
  const client = await context.client();
  const backoff = new Backoff({ first: 100, most: 5000, random: environment.random });
  let position = from;
  const open = (): Promise<Readable> =>
    client.getUnitJournal(unit, { lines: 0, ...position, follow, output, machine }, signal);
  const openAgain = async (): Promise<Readable | undefined> => {
    try {
      return await open();
    } catch (error) {
      signal.throwIfAborted();
      if (!isWorthAnotherTry(error)) throw error;
      return undefined;
    }
  };
  let isToldOf = false;
  let short = 0;
  let stream: Readable | undefined = await open();
  for (;;) {
    const openedAt = environment.clock.monotonic();
    try {
      for await (const part of stream ? parts(stream) : []) {
        if (short < MOST_SHORT) isToldOf = false;
        const cursor = cursorOf(part);
        position = cursor === undefined ? { lines: 0 } : { cursor };
        yield part;
      }
      if (!follow) return;
    } catch (error) {
      signal.throwIfAborted();
      if (!isOfStream(error)) throw error;
      if (!follow) throw brokenOff(unit, machine, error);
    }
    const isLasting = environment.clock.monotonic() - openedAt >= LASTING_MS;
    if (isLasting) {
      backoff.reset();
      isToldOf = false;
      short = 0;
    } else if (stream && ++short === MOST_SHORT) {
      context.tell(brokenAgain(unit, machine));
      isToldOf = true;
    }
    const since = "lines" in position && position.lines === 0 ? " from now on" : "";
    if (!isToldOf) context.tell(`The connection to the journal of ${unit} was lost; following again${since}.`);
    isToldOf = true;
    await environment.clock.sleep(backoff.next(), signal);
    stream = await openAgain();
  }
}

/** Node's errors of streams and sockets have a code of theirs; a mistake of ours has none. */
function isOfStream(error: unknown): boolean {
  return error instanceof Error && !(error instanceof FlotillaError) && "code" in error;
}

function brokenAgain(unit: string, machine: string): string {
  return (
    `The journal of ${unit} breaks off each time that it is followed: \`journalctl -u fleet\` on machine ${machine} ` +
    "says why. Following again every few seconds all the same; end it with Ctrl-C."
  );
}

function brokenOff(unit: string, machine: string, cause: unknown): JournalBrokenOffError {
  return new JournalBrokenOffError(
    `The journal of ${unit} on ${machine} broke off: a daemon was restarted or the connection was lost. Ask again.`,
    { cause },
  );
}
