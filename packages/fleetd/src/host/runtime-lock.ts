import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@flotilla/runtime";
import type { NativeCalls } from "./native-calls.ts";

/** How often a waiting daemon tries to take the lock, milliseconds. */
const RETRY_MS = 500;

/**
 * Locks the runtime directory, so that one daemon at a time uses it. Without the lock, a second daemon would resume the
 * first daemon's lease and run its units.
 *
 * Resolves when this process holds the lock. Calls `onWaiting` once if another process holds the lock at first.
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
        `another fleetd (process ${holder || "unknown"}) runs on this host and uses ${directory}; waiting until that process ends`,
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
