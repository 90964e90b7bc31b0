import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@flotilla/runtime";
import type { NativeCalls } from "./native-calls.ts";

/** How often a second daemon looks whether the first has gone, milliseconds. */
const RETRY_MS = 500;

/**
 * The right to use this host's runtime directory: one daemon at a time. Without it a second daemon
 * would resume the first one's lease and run its units.
 *
 * Resolves when the lock is held; calls `onWaiting` once if another process holds it first.
 */
export async function lockRuntimeDirectory(
  directory: string,
  deps: { readonly native: NativeCalls; readonly clock: Clock; readonly onWaiting: (reason: string) => void },
  signal: AbortSignal,
): Promise<FileHandle> {
  const handle = await open(join(directory, "lock"), "a+", 0o600);
  try {
    if (!deps.native.lockFile(handle.fd)) {
      const holder = (await handle.readFile("utf8")).trim();
      deps.onWaiting(
        `Another fleetd (process ${holder || "unknown"}) runs on this host and uses ${directory}; this one waits until it ends.`,
      );
      while (!deps.native.lockFile(handle.fd)) await deps.clock.sleep(RETRY_MS, signal);
    }
    await handle.truncate(0);
    await handle.write(`${process.pid}\n`);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
