import { readFileSync } from "node:fs";

/**
 * Returns the resident memory of this process that is no page of a file, bytes (RssAnon in proc_pid_status(5)).
 * @throws Error if no file descriptor is free.
 */
export function ownMemory(): number {
  const [, kB] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1")) ?? [];
  return Number(kB) * 1024;
}
