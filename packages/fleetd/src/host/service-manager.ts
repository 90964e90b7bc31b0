import type { Clock } from "@flotilla/runtime";
import type { NativeCalls } from "./native-calls.ts";

/** Notifications to systemd: readiness, status line, watchdog (sd_notify(3), sd_watchdog_enabled(3)). */
export class ServiceManager {
  readonly #native: NativeCalls;
  readonly #watchdogMs: number | undefined;

  constructor(native: NativeCalls, environment: Readonly<Record<string, string | undefined>>) {
    this.#native = native;
    const forUs = environment["WATCHDOG_PID"] === undefined || Number(environment["WATCHDOG_PID"]) === process.pid;
    const usec = Number(environment["WATCHDOG_USEC"]);
    this.#watchdogMs = forUs && usec > 0 ? usec / 1000 : undefined;
  }

  ready(status: string): void {
    this.#native.notify(`READY=1\nSTATUS=${status}`);
  }

  status(status: string): void {
    this.#native.notify(`STATUS=${status}`);
  }

  reloading(): void {
    // Type=notify-reload requires MONOTONIC_USEC (systemd 253 and later).
    this.#native.notify(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  stopping(status: string): void {
    this.#native.notify(`STOPPING=1\nSTATUS=${status}`);
  }

  /** Notifies the watchdog twice in its period, as the man page recommends. A blocked event loop sends nothing. */
  async keepWatchdog(clock: Clock, signal: AbortSignal): Promise<void> {
    if (this.#watchdogMs === undefined) return;
    while (!signal.aborted) {
      this.#native.notify("WATCHDOG=1");
      await clock.sleep(this.#watchdogMs / 2, signal).catch(() => {});
    }
  }
}
