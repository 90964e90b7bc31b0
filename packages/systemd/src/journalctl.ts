import { spawn } from "node:child_process";
import { ReaderError } from "./reader-error.ts";

/** How much of journalctl's standard error is kept for the error message, in characters. */
const MAX_STDERR = 2_000;

/**
 * Runs journalctl and returns its output, in pieces that may end within a line. The reader sets the pace: unread output
 * stays in the pipe. journalctl is killed when the iteration ends.
 *
 * @param options.followed the unit whose journal it follows; undefined if it ends with the last entry.
 * @param options.mayBeEmpty whether the entries are searched by a pattern: then journalctl fails without a word when none
 *   matches.
 * @throws ReaderError when journalctl fails, or when it stops following; the signal's reason.
 */
export async function* runJournalctl(
  args: readonly string[],
  { followed, mayBeEmpty = false }: { readonly followed?: string | undefined; readonly mayBeEmpty?: boolean },
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
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
    if (code === 1 && mayBeEmpty && stderr.trim() === "") return;
    const said = stderr.trim() || "it printed no error";
    if (code !== 0) throw new ReaderError(`journalctl failed with exit status ${code}: ${said}`);
    // journalctl exits successfully when it cannot watch more files (inotify(7), max_user_instances).
    if (followed !== undefined)
      throw new ReaderError(`journalctl stopped following the journal of ${followed}: ${said}`);
  } finally {
    signal.removeEventListener("abort", kill);
    child.kill("SIGKILL");
  }
}
