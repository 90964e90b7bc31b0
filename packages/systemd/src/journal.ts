import {
  JOURNAL_BOOT,
  JOURNAL_INVOCATION,
  JOURNAL_OUTPUTS,
  JOURNAL_PRIORITY,
  type JournalFilter,
  parseUnitName,
} from "@flotilla/unit";
import { runJournalctl } from "./journalctl.ts";
import { PatternError, ReaderError } from "./reader-error.ts";

export interface JournalRequest extends JournalFilter {
  readonly unit: string;
  /** How many of the last lines to start with. */
  readonly lines: number;
  /** Instead of `lines`: start after the entry with this `__CURSOR`. */
  readonly cursor?: string | undefined;
  /** Continue with new lines as they are written, until the signal aborts. */
  readonly follow?: boolean;
  /** One of JOURNAL_OUTPUTS. Default "short". */
  readonly output?: string;
  /** Read the journal of a user's systemd instead of the machine's. */
  readonly user?: boolean;
}

const MAX_LINES = 1_000_000;

/**
 * Returns a unit's journal as journalctl prints it, in pieces that may end within a line. The reader sets the pace:
 * unread output stays in the pipe. journalctl is killed when the iteration ends.
 *
 * @throws ReaderError for an invalid mode or count, when journalctl fails, or when it stops following; UnitNameError for
 *   an invalid name; the signal's reason.
 */
export async function* readJournal(request: JournalRequest, signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
  const followed = request.follow === true ? request.unit : undefined;
  yield* runJournalctl(journalArguments(request), { followed, mayBeEmpty: request.grep !== undefined }, signal);
}

function journalArguments(request: JournalRequest): readonly string[] {
  const { unit, lines, cursor, follow, output = "short", user } = request;
  parseUnitName(unit);
  if (!JOURNAL_OUTPUTS.some((mode) => mode === output)) {
    throw new ReaderError(
      `the journal has no output mode ${JSON.stringify(output)}; use one of ${JOURNAL_OUTPUTS.join(", ")}`,
    );
  }
  if (!Number.isInteger(lines) || lines < 0 || lines > MAX_LINES) {
    throw new ReaderError(
      `cannot read the journal from ${lines} lines back; use a whole number from 0 to ${MAX_LINES}`,
    );
  }
  return [
    ...(user === true ? [`--user-unit=${unit}`] : [`--unit=${unit}`]),
    "--no-pager",
    // Needed for `--follow` too, which would start with ten lines.
    ...(cursor === undefined ? [`--lines=${lines}`] : [`--after-cursor=${cursor}`, "--lines=all"]),
    `--output=${output}`,
    // Without it, JSON output has null for a field of more than 4,096 bytes (journalctl(1), --output=json).
    ...(output.startsWith("json") ? ["--all"] : []),
    ...(follow === true ? ["--follow"] : []),
    ...filterArguments(request),
  ];
}

/** Each value stands in one argument with its option, so that no value can be taken for another option. */
function filterArguments({
  cursor,
  since,
  until,
  priority,
  grep,
  boot,
  invocation,
  user,
}: JournalRequest): readonly string[] {
  const isKnown =
    (priority === undefined || JOURNAL_PRIORITY.test(priority)) &&
    (boot === undefined || JOURNAL_BOOT.test(boot)) &&
    (invocation === undefined || JOURNAL_INVOCATION.test(invocation));
  if (!isKnown) throw new ReaderError("the journal cannot be filtered by this priority, boot or invocation");
  // journalctl refuses --since beside a cursor, which is later than the beginning anyway.
  const from = cursor === undefined ? since : undefined;
  return [
    ...(from === undefined ? [] : [`--since=${moment(from)}`]),
    ...(until === undefined ? [] : [`--until=${moment(until)}`]),
    ...(priority === undefined ? [] : [`--priority=${priority}`]),
    ...(boot === undefined ? [] : [`--boot=${boot}`]),
    ...(grep === undefined ? [] : [`--grep=${grep}`]),
    ...(invocation === undefined ? [] : matchesOf(invocation, user === true)),
  ];
}

/** Entries of the run's processes, and those of systemd about the run (systemd.journal-fields(7)). */
function matchesOf(invocation: string, user: boolean): readonly string[] {
  const about = user ? "USER_INVOCATION_ID" : "INVOCATION_ID";
  return [`_SYSTEMD_INVOCATION_ID=${invocation}`, "+", `${about}=${invocation}`];
}

/** Seconds since the epoch, as systemd.time(7) reads them. */
function moment(time: string): string {
  return `@${(Date.parse(time) / 1_000).toFixed(3)}`;
}

/**
 * Checks a pattern for `--grep=` with journalctl itself.
 * @throws PatternError for a pattern that journalctl does not accept; the signal's reason.
 */
export async function checkPattern(grep: string, signal: AbortSignal): Promise<void> {
  // The pattern is compiled before the file is opened, which then fails.
  const args = ["--no-pager", "--lines=0", "--file=/dev/null", `--grep=${grep}`];
  try {
    await runJournalctl(args, { mayBeEmpty: true }, signal).next();
  } catch (error) {
    if (!(error instanceof ReaderError)) throw error;
    if (/pattern/i.test(error.message)) throw new PatternError(error.message, { cause: error });
  }
}
