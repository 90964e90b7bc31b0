import { execFile } from "node:child_process";
import { parseUnitName } from "@flotilla/unit";
import { ReaderError } from "./reader-error.ts";

export interface StatusOptions {
  /** Ask a user's own systemd in place of the machine's. */
  readonly user?: boolean;
  /** How long systemctl may take, milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
}

export interface UnitStatus {
  /** What `systemctl status` printed. */
  readonly text: string;
  /** Its exit status: 0 active, 3 not active, 4 no such unit (systemctl(1), after the LSB). */
  readonly exitCode: number;
}

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/**
 * What `systemctl status` says of a unit on this machine.
 * @throws ReaderError when systemctl cannot be run or does not end in time; UnitNameError for a bad name;
 *   the signal's reason.
 */
export async function readStatus(name: string, options: StatusOptions, signal: AbortSignal): Promise<UnitStatus> {
  parseUnitName(name);
  signal.throwIfAborted();
  const { user, timeoutMs = 10_000 } = options;
  const args = [...(user === true ? ["--user"] : []), "status", "--no-pager", "--full", "--", name];
  const limits = { signal, timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: MAX_OUTPUT_BYTES } as const;
  return await new Promise<UnitStatus>((resolve, reject) => {
    execFile("systemctl", args, limits, (error, stdout, stderr) => {
      if (signal.aborted) reject(signal.reason as Error);
      else if (error === null) resolve({ text: stdout + stderr, exitCode: 0 });
      else if (typeof error.code === "number") resolve({ text: stdout + stderr, exitCode: error.code });
      else if (error.killed === true)
        reject(new ReaderError(`systemctl status ${name} did not end within ${timeoutMs} ms.`));
      else reject(new ReaderError(`systemctl cannot be run: ${error.message}`, { cause: error }));
    });
  });
}
