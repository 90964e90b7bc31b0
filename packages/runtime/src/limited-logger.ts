import type { Clock } from "./clock.ts";
import type { LogFields, Logger } from "./logger.ts";

const MINUTE_MS = 60_000;

/** Messages and machines whose lines are counted. Lines of further ones are not written until a minute ends. */
const MOST_SUBJECTS = 1_000;

interface Minute {
  readonly begunAt: number;
  lines: number;
}

/**
 * Wraps a logger for warnings and errors that a remote party can cause at will, so that they do not fill the log: of one
 * message about one machine (the field `machine`), `most` lines are written in a minute. The first line of a later minute
 * says how many were not.
 */
export function limitedLogger(log: Logger, clock: Pick<Clock, "monotonic">, most: number): Logger {
  return limited(log, new Lines(clock, most));
}

function limited(log: Logger, lines: Lines): Logger {
  const write =
    (level: "warn" | "error") =>
    (message: string, fields: LogFields = {}): void => {
      const unwritten = lines.take(`${message}\0${String(fields["machine"])}`);
      if (unwritten !== undefined) log[level](message, unwritten === 0 ? fields : { ...fields, unwritten });
    };
  return {
    debug: (message, fields) => log.debug(message, fields),
    info: (message, fields) => log.info(message, fields),
    warn: write("warn"),
    error: write("error"),
    child: (fields) => limited(log.child(fields), lines),
  };
}

/** Counts the lines of each subject. */
class Lines {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #most: number;
  /** By subject, in the order in which the minutes began. */
  readonly #minutes = new Map<string, Minute>();

  constructor(clock: Pick<Clock, "monotonic">, most: number) {
    this.#clock = clock;
    this.#most = most;
  }

  /** Returns how many lines were not written in the last minute; undefined if this line may not be written either. */
  take(subject: string): number | undefined {
    const now = this.#clock.monotonic();
    const known = this.#minutes.get(subject);
    if (known && now - known.begunAt < MINUTE_MS) {
      known.lines += 1;
      return known.lines <= this.#most ? 0 : undefined;
    }
    this.#minutes.delete(subject);
    this.#forget(now);
    if (this.#minutes.size >= MOST_SUBJECTS) return undefined;
    this.#minutes.set(subject, { begunAt: now, lines: 1 });
    return Math.max(0, (known?.lines ?? 0) - this.#most);
  }

  /** Forgets minutes that have ended. Keeps those with lines that were not written, while there is room. */
  #forget(now: number): void {
    if (this.#minutes.size < MOST_SUBJECTS) return;
    for (const [subject, { begunAt }] of this.#minutes) {
      if (now - begunAt < MINUTE_MS) return;
      this.#minutes.delete(subject);
    }
  }
}
