import type { LeaseCalls, Store, Txn } from "@flotilla/store";
import type { Call, ConnectOptions, Faults, MemoryStore } from "@flotilla/store/memory";
import type { Ledger, Writer } from "./ledger.ts";
import type { Process } from "./process.ts";
import type { Timeline } from "./timeline.ts";
import type { Condition, Transport } from "./transport.ts";

export interface WireOptions {
  readonly timeline: Timeline;
  readonly transport: Transport;
  readonly ledger: Ledger;
  readonly server: MemoryStore;
  /** The store's condition for all connections. */
  readonly store: () => Condition;
  /** Called before each call, and before each delivery of a watch. */
  readonly onRequest: (process: Process, call: Call) => void;
  /** Called when a call is sent. */
  readonly onCall: (process: Process, call: Call) => void;
}

export interface Connection {
  readonly process: Process;
  /** The condition of this connection alone. */
  readonly link: () => Condition;
  /** Who has asked for a call's changes, if the process makes the call for others. */
  readonly writerOf?: ((call: Call) => Writer) | undefined;
}

/** Connects processes to the store. Each connection has its own condition. */
export class Wire {
  readonly #options: WireOptions;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  connect(connection: Connection, client: Pick<ConnectOptions, "random" | "onRenewal">): Store & LeaseCalls {
    const { server } = this.#options;
    const { process } = connection;
    const store = server.connect({ ...client, faults: this.#faults(connection), clock: process.clock });
    process.onDeath(() => void store.close());
    return store;
  }

  #faults(connection: Connection): Faults {
    const { process } = connection;
    return {
      ...this.#attribution(connection),
      before: async (call, signal) => {
        this.#options.onRequest(process, call);
        // A watch sends nothing. The store's messages are delayed on their way back.
        if (call.type === "watch") return;
        if (call.type === "txn") process.reachWrite();
        await process.passage();
        this.#options.onCall(process, call);
        const { txn } = call.type === "txn" ? call : {};
        await this.#carry(connection, signal, txn && ((ms) => this.#arriveLate(connection, txn, ms)));
      },
      after: async (_call, signal) => {
        await this.#carry(connection, signal);
        await process.passage();
      },
    };
  }

  #attribution({ process, writerOf }: Connection): Pick<Faults, "doing" | "done"> {
    const { ledger } = this.#options;
    return {
      doing: () => ledger.attribute(undefined),
      done: (call) => ledger.attribute(writerOf?.(call) ?? (() => process)),
    };
  }

  #carry({ process, link }: Connection, signal: AbortSignal, arriveLate?: (ms: number) => void): Promise<void> {
    const { transport, store } = this.#options;
    return transport.carry({ process, conditions: [store(), link()], signal, arriveLate });
  }

  /** A message arrives even if its sender has given up or died meanwhile. */
  #arriveLate(connection: Connection, txn: Txn, ms: number): void {
    const { timeline, server, store } = this.#options;
    const client = server.connect({ faults: this.#attribution(connection) });
    timeline.after(ms, () => {
      if (store().reach === "open") client.txn(txn).catch(() => {});
    });
  }
}
