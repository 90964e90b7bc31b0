import process from "node:process";
import { exitCode } from "../exit-code.ts";

/**
 * Ends the process when standard output takes no more. `fleetctl ... | head` is no error: what reads no more wants no
 * more. A full disk is one, and nobody's mistake in here.
 */
export function endWithoutOutput(stdout: NodeJS.WritableStream): void {
  stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") process.exit(exitCode.ok);
    process.stderr.write(`The output cannot be written: ${message}.\n`);
    process.exit(exitCode.failed);
  });
}
