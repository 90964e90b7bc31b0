import { spawn } from "node:child_process";
import { JOURNAL_OUTPUTS, parseUnitName } from "@flotilla/unit";
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

/** How much of journalctl's standard error is kept for the error message, in characters. */
const MAX_STDERR = 2_000;

/**
 * Returns a unit's journal as journalctl prints it, in pieces that may end within a line. The reader sets the pace:
 * unread output stays in the pipe. journalctl is killed when the iteration ends.
 *
 * @throws ReaderError for an invalid mode or count, when journalctl fails, or when it stops following; UnitNameError for
 *   an invalid name; the signal's reason.
 */
export async function* readJournal(request: JournalRequest, signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
  const args = journalArguments(request);
  signal.throwIfAborted();
  const child = spawn("journalctl", args, { stdio: ["ignore", "pipe", "pipe"] });
  const kill = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("error", (cause) => reject(new ReaderError(`cannot run journalctl: ${cause.message}`, { cause })));
    child.once("close", resolve);
  });
  exited.catch(() => {});
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(0, MAX_STDERR);
  });
  try {
    for await (const piece of child.stdout) yield piece as Buffer;
    const code = await exited;
    signal.throwIfAborted();
    const said = stderr.trim() || "it printed no error";
    if (code !== 0) throw new ReaderError(`journalctl failed with exit status ${code}: ${said}`);
    // journalctl exits successfully when it cannot watch more files (inotify(7), max_user_instances).
    if (request.follow === true)
      throw new ReaderError(`journalctl stopped following the journal of ${request.unit}: ${said}`);
  } finally {
    signal.removeEventListener("abort", kill);
    child.kill("SIGKILL");
  }
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
