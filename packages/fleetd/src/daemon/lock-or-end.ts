import type { FileHandle } from "node:fs/promises";
import { systemClock } from "@flotilla/runtime";
import { lockRuntimeDirectory } from "../host/runtime-lock.ts";
import { refuseAll } from "../http/refuse-all.ts";
import type { DaemonMetrics } from "../metrics/daemon-metrics.ts";
import type { Shell } from "./shell.ts";
import { unlessEnded } from "./unless-ended.ts";

/**
 * Waits for this host's lock, and answers requests with 503 and the reason while waiting.
 * @returns undefined if the daemon must end before it gets the lock.
 */
export async function lockOrEnd(shell: Shell, metrics: DaemonMetrics): Promise<FileHandle | undefined> {
  const { native, service, gateway, signals, log, paths } = shell;
  const onWaiting = (reason: string): void => {
    log.error(reason);
    gateway.open(refuseAll(reason, () => metrics.text()));
    service.ready(reason);
  };
  const options = { native, clock: systemClock, onWaiting };
  const lock = await unlessEnded(signals, (ended) => lockRuntimeDirectory(paths.runtimeDirectory, options, ended));
  if (lock) gateway.hold();
  return lock;
}
