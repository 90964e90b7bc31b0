import type { Readable } from "node:stream";
import { Backoff, FlotillaError } from "@flotilla/runtime";
import type { JournalFilter, JournalOutput } from "@flotilla/unit";
import { isRetryable } from "../cluster/retryable.ts";
import type { Context } from "../context.ts";

/** One unit on one machine. */
export interface JournalSource {
  readonly unit: string;
  readonly machine: string;
}

/** The start of a reading: a number of entries before the end, or after the entry with a cursor. */
export type JournalPosition = { readonly lines: number } | { readonly cursor: string };

export interface JournalReading<T> {
  readonly from: JournalPosition;
  readonly follow: boolean;
  readonly output: JournalOutput;
  readonly filter: JournalFilter;
  /** Splits a stream of the daemon into parts. */
  readonly parts: (stream: Readable) => AsyncIterable<T>;
  /** The position to resume at after a part; undefined if the part does not tell. */
  readonly cursorOf: (part: T) => string | undefined;
}

/** A stream that lasted this long does not count as short, in milliseconds. */
const LASTING_MS = 10_000;

/** After this many short streams in a row, the message refers to the daemon's log. */
const MOST_SHORT = 3;

/** The stream ended early. Node's own message for this is a single word. */
class JournalBrokenOffError extends FlotillaError {
  readonly code = "connection-lost";
}

/**
 * Reads a journal. With `follow`, a stream that breaks is reopened for as long as needed. Each break is reported;
 * repeated short streams, such as those of a host without free inotify watches, are reported once, with a hint to the
 * daemon's log. Reading resumes after the last part if that part has a cursor, else at the present end.
 *
 * @throws ApiError or EndpointError if the journal does not open, or is refused later; JournalBrokenOffError if a
 * stream without `follow` breaks; the signal's reason.
 */
export async function* readJournal<T>(
  context: Context,
  { unit, machine }: JournalSource,
  { from, follow, output, filter, parts, cursorOf }: JournalReading<T>,
): AsyncGenerator<T> {
  const { environment, signal } = context;
  const client = await context.client();
  const backoff = new Backoff({ first: 100, most: 5000, random: environment.random });
  let position = from;
  const open = (): Promise<Readable> =>
    client.getUnitJournal(unit, { lines: 0, ...position, ...filter, follow, output, machine }, signal);
  const openAgain = async (): Promise<Readable | undefined> => {
    try {
      return await open();
    } catch (error) {
      signal.throwIfAborted();
      if (!isRetryable(error)) throw error;
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
    if (!isToldOf) context.tell(`lost the connection to the journal of ${unit}; following again${since}`);
    isToldOf = true;
    await environment.clock.sleep(backoff.next(), signal);
    stream = await openAgain();
  }
}

/** Whether node's streams or sockets raised the error: such errors have a code, programming errors do not. */
function isOfStream(error: unknown): boolean {
  return error instanceof Error && !(error instanceof FlotillaError) && "code" in error;
}

function brokenAgain(unit: string, machine: string): string {
  return (
    `cannot keep following the journal of ${unit}: the daemon ends the stream; see \`journalctl -u fleet\` on machine ${machine}; ` +
    "retrying every few seconds, press Ctrl-C to stop"
  );
}

function brokenOff(unit: string, machine: string, cause: unknown): JournalBrokenOffError {
  return new JournalBrokenOffError(
    `cannot read all of the journal of ${unit} on ${machine}: a daemon restarted or the connection was lost; try again`,
    { cause },
  );
}
