import { spawn } from "node:child_process";
import { fstatSync } from "node:fs";
import process from "node:process";

const STDOUT = 1;

/**
 * Resolves once nobody reads standard output any more, within about a second; never where it is no pipe or that
 * cannot be known, nor after `signal` has aborted.
 *
 * Node cannot poll(2) a pipe that it only writes to, and hears of its end with the next write: `journal -f | head -1`
 * would stay until then. GNU tail(1) polls its standard output while it follows a file, and ends by SIGPIPE. By `--pid`
 * it ends with this process however that ends, so that the reader is not kept waiting for the end of the pipe.
 */
export function outputUnread(signal: AbortSignal): Promise<void> {
  if (signal.aborted || !isPipe()) return new Promise(() => {});
  const args = ["-f", `--pid=${process.pid}`, "/dev/null"];
  const tail = spawn("tail", args, { stdio: ["ignore", STDOUT, "ignore"] });
  tail.unref();
  const end = (): void => void tail.kill();
  process.once("exit", end);
  signal.addEventListener("abort", end, { once: true });
  return new Promise((resolve) => {
    // Without such a tail it is as if the reader stayed.
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
