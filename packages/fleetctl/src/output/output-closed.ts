import { spawn } from "node:child_process";
import { fstatSync } from "node:fs";
import process from "node:process";

const STDOUT = 1;

/**
 * Resolves within about a second after the reader of standard output has closed it. Never resolves if standard output
 * is no pipe, if GNU tail is missing, or after `signal` aborts.
 *
 * Node cannot poll(2) a pipe that it only writes to, and notices its end at the next write: `journal -f | head -1`
 * would stay until then. GNU tail(1) polls its standard output while it follows a file, and dies by SIGPIPE. With
 * `--pid`, tail also ends with this process, so that the pipe closes for its reader.
 */
export function outputClosed(signal: AbortSignal): Promise<void> {
  if (signal.aborted || !isPipe()) return new Promise(() => {});
  const args = ["-f", `--pid=${process.pid}`, "/dev/null"];
  const tail = spawn("tail", args, { stdio: ["ignore", STDOUT, "ignore"] });
  tail.unref();
  const end = (): void => void tail.kill();
  process.once("exit", end);
  signal.addEventListener("abort", end, { once: true });
  return new Promise((resolve) => {
    // Without a suitable tail, the reader counts as present.
    tail.on("error", () => {});
    tail.on("exit", (_, ending) => {
      process.off("exit", end);
      signal.removeEventListener("abort", end);
      if (ending === "SIGPIPE") resolve();
    });
  });
}

function isPipe(): boolean {
  const output = fstatSync(STDOUT);
  return output.isFIFO() || output.isSocket();
}
