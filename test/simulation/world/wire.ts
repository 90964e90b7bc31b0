import { StoreUnavailableError, type Store, type Txn } from "@flotilla/store";
import type { Call, ConnectOptions, Faults, MemoryStore } from "@flotilla/store/memory";
import type { Random } from "../random.ts";
import type { Ledger } from "./ledger.ts";
import type { Process } from "./process.ts";
import type { Timeline } from "./timeline.ts";

/** The condition of one connection to the store, or of the store for all connections. */
export interface Condition {
  /** `refusing`: calls fail at once. `silent`: messages are lost in both directions. */
  readonly reach: "open" | "refusing" | "silent";
  /** The longest time that a message takes, in milliseconds. */
  readonly slowMs: number;
  /** The share of messages, in either direction, that break their connection. */
  readonly lossy: number;
}

export const FINE: Condition = { reach: "open", slowMs: 0, lossy: 0 };

export interface WireOptions {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly server: MemoryStore;
  /** The store's condition for all connections. */
  readonly store: () => Condition;
  /** Called before each call, and before each delivery of a watch. */
  readonly onRequest: (process: Process, call: Call) => void;
  /** Called when a call is sent. */
  readonly onCall: (process: Process, call: Call) => void;
}

/** Connects processes to the store. Each connection has its own condition. */
export class Wire {
  readonly #options: WireOptions;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  /**
   * Connects a process.
   * @param link the condition of this connection alone.
   */
  connect(process: Process, link: () => Condition, client: Pick<ConnectOptions, "random" | "onRenewal">): Store {
    const { server } = this.#options;
    const store = server.connect({ ...client, faults: this.#faults(process, link), clock: process.clock });
    process.onDeath(() => void store.close());
    return store;
  }

  #faults(process: Process, link: () => Condition): Faults {
    return {
      before: async (call, signal) => {
        this.#options.onRequest(process, call);
        // A watch sends nothing. The store's messages are delayed on their way back.
        if (call.type === "watch") return;
        if (call.type === "txn") process.reachWrite();
        await process.passage();
        this.#options.onCall(process, call);
        await this.#way(process, link, signal, call);
      },
      doing: () => this.#options.ledger.attribute(undefined),
      done: () => this.#options.ledger.attribute(process),
      after: async (_call, signal) => {
        await this.#way(process, link, signal, undefined);
        await process.passage();
      },
    };
  }

  async #way(process: Process, link: () => Condition, signal: AbortSignal, sent: Call | undefined): Promise<void> {
    const { timeline, random, store } = this.#options;
    const [all, own] = [store(), link()];
    const reaches = (reach: Condition["reach"]): boolean => all.reach === reach || own.reach === reach;
    if (reaches("silent") || reaches("refusing")) process.noteTrouble();
    if (reaches("silent")) return new Promise(() => {});
    if (reaches("refusing")) await refuse(timeline);
    const slowMs = Math.max(all.slowMs, own.slowMs);
    if (slowMs > 1_000) process.noteTrouble();
    const last = sent?.type === "txn" ? process.takeLastWrite() : undefined;
    const ms = last?.ms ?? (slowMs > 0 ? random.below(slowMs) : random.chance(0.2) ? random.below(4) : 0);
    const travelled = ms > 0 ? this.#travel(process, ms, signal, sent) : undefined;
    last?.strike();
    await travelled;
    if (random.chance(Math.max(all.lossy, own.lossy))) await refuse(timeline);
  }

  /** A message arrives even if its sender has given up or died meanwhile. */
  async #travel(process: Process, ms: number, signal: AbortSignal, sent: Call | undefined): Promise<void> {
    const { timeline } = this.#options;
    const arrival = timeline.now + ms;
    try {
      await timeline.clock.sleep(ms, signal);
    } catch (error) {
      if (sent?.type === "txn") this.#arriveLate(process, sent.txn, arrival - timeline.now);
      throw error;
    }
  }

  #arriveLate(process: Process, txn: Txn, ms: number): void {
    const { timeline, server, ledger, store } = this.#options;
    const client = server.connect({
      faults: { doing: () => ledger.attribute(undefined), done: () => ledger.attribute(process) },
    });
    timeline.after(ms, () => {
      if (store().reach === "open") client.txn(txn).catch(() => {});
    });
  }
}

async function refuse({ clock }: Timeline): Promise<never> {
  await clock.sleep(1);
  throw new StoreUnavailableError("the simulated connection to the store was lost");
}
