import type { FileHandle } from "node:fs/promises";
import { systemClock } from "@flotilla/runtime";
import { lockRuntimeDirectory } from "../host/runtime-lock.ts";
import { refuseAll } from "../http/refuse-all.ts";
import type { DaemonMetrics } from "../metrics/daemon-metrics.ts";
import type { Shell } from "./shell.ts";

/**
 * Waits for this host's lock, answering requests with 503 and the reason meanwhile.
 * @returns undefined when the daemon was told to end first.
 */
export async function lockOrEnd(shell: Shell, metrics: DaemonMetrics): Promise<FileHandle | undefined> {
  const { native, service, gateway, signals, log, paths } = shell;
  const ended = new AbortController();
  const locked = new AbortController();
  const onWaiting = (reason: string): void => {
    log.error(reason);
    gateway.open(refuseAll(reason, () => metrics.text()));
    service.ready(reason);
    void signals.untilEnd(locked.signal).then((isEnd) => isEnd && ended.abort());
  };
  try {
    const options = { native, clock: systemClock, onWaiting };
    const lock = await lockRuntimeDirectory(paths.runtimeDirectory, options, ended.signal);
    gateway.hold();
    return lock;
  } catch (error) {
    if (ended.signal.aborted) return undefined;
    throw error;
  } finally {
    locked.abort();
  }
}
