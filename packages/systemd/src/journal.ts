import { spawn } from "node:child_process";
import { JOURNAL_OUTPUTS, parseUnitName } from "@flotilla/unit";
import { ReaderError } from "./reader-error.ts";

export interface JournalRequest {
  readonly unit: string;
  /** How many of the last lines to begin with. */
  readonly lines: number;
  /** In place of `lines`: begin after the entry that has this `__CURSOR`. */
  readonly cursor?: string | undefined;
  /** Go on with new lines as they come, until the signal aborts. */
  readonly follow?: boolean;
  /** One of JOURNAL_OUTPUTS. Default "short". */
  readonly output?: string;
  /** The journal of a user's own systemd in place of the machine's. */
  readonly user?: boolean;
}

const MAX_LINES = 1_000_000;

/** How much of journalctl's complaints is kept for the error, in characters. */
const MAX_COMPLAINT = 2_000;

/**
 * A unit's journal as journalctl prints it, in pieces that may end within a line. The reader sets the pace:
 * what it has not taken stays in the pipe. journalctl ends with the iteration, however that ends.
 *
 * @throws ReaderError for a mode or count that journalctl does not have, or when journalctl fails, or ends by itself
 *   although it is to follow;
 *   UnitNameError for a bad name; the signal's reason.
 */
export async function* readJournal(request: JournalRequest, signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
  const args = journalArguments(request);
  signal.throwIfAborted();
  const child = spawn("journalctl", args, { stdio: ["ignore", "pipe", "pipe"] });
  const kill = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("error", (cause) => reject(new ReaderError(`journalctl cannot be run: ${cause.message}`, { cause })));
    child.once("close", resolve);
  });
  exited.catch(() => {});
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(0, MAX_COMPLAINT);
  });
  try {
    for await (const piece of child.stdout) yield piece as Buffer;
    const code = await exited;
    signal.throwIfAborted();
    const said = complaint.trim() || "it said nothing";
    if (code !== 0) throw new ReaderError(`journalctl failed with status ${code}: ${said}`);
    // It reads what there is and ends well where it cannot watch files any more (inotify(7), max_user_instances).
    if (request.follow === true)
      throw new ReaderError(`journalctl does not follow the journal of ${request.unit}: ${said}`);
  } finally {
    signal.removeEventListener("abort", kill);
    child.kill("SIGKILL");
  }
}

function journalArguments({ unit, lines, cursor, follow, output = "short", user }: JournalRequest): readonly string[] {
  parseUnitName(unit);
  if (!JOURNAL_OUTPUTS.some((mode) => mode === output)) {
    throw new ReaderError(
      `The journal has no output mode ${JSON.stringify(output)}: use one of ${JOURNAL_OUTPUTS.join(", ")}.`,
    );
  }
  if (!Number.isInteger(lines) || lines < 0 || lines > MAX_LINES) {
    throw new ReaderError(
      `The journal cannot be read from ${lines} lines back: use a whole number from 0 to ${MAX_LINES}.`,
    );
  }
  return [
    ...(user === true ? [`--user-unit=${unit}`] : [`--unit=${unit}`]),
    "--no-pager",
    // Also of `--follow`, which would begin with ten.
    ...(cursor === undefined ? [`--lines=${lines}`] : [`--after-cursor=${cursor}`, "--lines=all"]),
    `--output=${output}`,
    // As JSON, a field of more than 4,096 bytes is null without it (journalctl(1), --output=json).
    ...(output.startsWith("json") ? ["--all"] : []),
    ...(follow === true ? ["--follow"] : []),
  ];
}
