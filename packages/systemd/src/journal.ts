import { JOURNAL_OUTPUTS, parseUnitName } from "@flotilla/unit";
import { runJournalctl } from "./journalctl.ts";
import { ReaderError } from "./reader-error.ts";

export interface JournalRequest {
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
  yield* runJournalctl(journalArguments(request), { followed }, signal);
}

function journalArguments({ unit, lines, cursor, follow, output = "short", user }: JournalRequest): readonly string[] {
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
  ];
}
