import type { Clock } from "@flotilla/runtime";
import type { GatewayLimits } from "./limits.ts";

interface Written {
  /** Characters that still count. */
  readonly text: number;
  readonly at: number;
}

/**
 * How much each machine writes. A machine that was taken over could otherwise fill the store, whose quota is everybody's
 * (etcd's --quota-backend-bytes), within seconds.
 */
export class MachineWrites {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #limits: Pick<GatewayLimits, "writtenText" | "writtenTextPerSecond">;
  readonly #written = new Map<string, Written>();

  constructor(clock: Pick<Clock, "monotonic">, limits: Pick<GatewayLimits, "writtenText" | "writtenTextPerSecond">) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Counts text that a machine is about to write. Returns whether it may. */
  take(machineID: string, text: number): boolean {
    const now = this.#clock.monotonic();
    const known = this.#written.get(machineID);
    const forgotten = known ? ((now - known.at) / 1_000) * this.#limits.writtenTextPerSecond : 0;
    const sum = Math.max(0, (known?.text ?? 0) - forgotten) + text;
    if (sum > this.#limits.writtenText) return false;
    this.#written.set(machineID, { text: sum, at: now });
    return true;
  }
}
