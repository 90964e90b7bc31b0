import process from "node:process";
import { exitCode } from "../exit-code.ts";

/**
 * Ends the process when standard output fails. A closed pipe is no error, because in `fleetctl ... | head` the reader
 * has read enough. A full disk is an error.
 */
export function exitOnOutputError(stdout: NodeJS.WritableStream): void {
  stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") process.exit(exitCode.ok);
    process.stderr.write(`cannot write to standard output: ${message}\n`);
    process.exit(exitCode.failed);
  });
}
