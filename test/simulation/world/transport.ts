import { StoreUnavailableError } from "@flotilla/store";
import type { Random } from "../random.ts";
import type { Process } from "./process.ts";
import type { Timeline } from "./timeline.ts";

/** The condition of one connection, or of the store for all connections. */
export interface Condition {
  /** `refusing`: calls fail at once. `silent`: messages are lost in both directions. */
  readonly reach: "open" | "refusing" | "silent";
  /** The longest time that a message takes, in milliseconds. */
  readonly slowMs: number;
  /** The share of messages, in either direction, that break their connection. */
  readonly lossy: number;
}

export const FINE: Condition = { reach: "open", slowMs: 0, lossy: 0 };

export interface Message {
  /** The process that sends the message, or gets it. */
  readonly process: Process;
  /** The conditions of all that the message passes. */
  readonly conditions: readonly Condition[];
  /** Aborts when nobody waits for the message any more. */
  readonly signal: AbortSignal;
  /** Only for a write: makes it arrive after `ms` milliseconds although its sender has given up or died. */
  readonly arriveLate?: ((ms: number) => void) | undefined;
}

/** Carries messages: they take time, get lost, or do not arrive. */
export class Transport {
  readonly #timeline: Timeline;
  readonly #random: Random;

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  /**
   * Resolves when the message arrives; never if it is lost without a trace.
   * @throws StoreUnavailableError if its connection breaks; the signal's reason.
   */
  async carry({ process, conditions, signal, arriveLate }: Message): Promise<void> {
    const reaches = (reach: Condition["reach"]): boolean => conditions.some((each) => each.reach === reach);
    if (reaches("silent") || reaches("refusing")) process.noteTrouble();
    if (reaches("silent")) return new Promise(() => {});
    if (reaches("refusing")) await this.#refuse();
    const slowMs = Math.max(...conditions.map((each) => each.slowMs));
    if (slowMs > 1_000) process.noteTrouble();
    const last = arriveLate && process.takeLastWrite();
    const random = this.#random;
    const ms = last?.ms ?? (slowMs > 0 ? random.below(slowMs) : random.chance(0.2) ? random.below(4) : 0);
    const travelled = ms > 0 ? this.#travel(ms, signal, arriveLate) : undefined;
    last?.strike();
    await travelled;
    if (random.chance(Math.max(...conditions.map((each) => each.lossy)))) await this.#refuse();
  }

  async #travel(ms: number, signal: AbortSignal, arriveLate: Message["arriveLate"]): Promise<void> {
    const arrival = this.#timeline.now + ms;
    try {
      await this.#timeline.clock.sleep(ms, signal);
    } catch (error) {
      arriveLate?.(arrival - this.#timeline.now);
      throw error;
    }
  }

  async #refuse(): Promise<never> {
    await this.#timeline.clock.sleep(1);
    throw new StoreUnavailableError("the simulated connection was lost");
  }
}
