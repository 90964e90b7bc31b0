import { setTimeout as delay } from "node:timers/promises";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { Etcd3 } from "etcd3";
import { EtcdServer, type EtcdServerOptions, FaultProxy } from "../contract/index.ts";
import type { LeaseCalls, Revision, Store } from "../port/index.ts";
import type { EtcdStoreOptions } from "./etcd-options.ts";
import { openEtcdStore } from "./etcd-store.ts";

/** A real etcd, a proxy in front of it, and clients of both. `close` ends them all. */
export class EtcdFixture implements AsyncDisposable {
  readonly server: EtcdServer;
  readonly proxy: FaultProxy;
  readonly #clients: Store[] = [];

  private constructor(server: EtcdServer, proxy: FaultProxy) {
    this.server = server;
    this.proxy = proxy;
  }

  static async start(options: EtcdServerOptions = {}): Promise<EtcdFixture> {
    // The data must outlive the process, not the machine, so fsync is unnecessary.
    const server = await EtcdServer.start({ ...options, args: ["--unsafe-no-fsync", ...(options.args ?? [])] });
    return new EtcdFixture(server, await FaultProxy.start(server));
  }

  /** Returns a client with a direct connection to etcd. */
  direct(options: Partial<EtcdStoreOptions> = {}): Store & LeaseCalls {
    return this.client({ endpoints: [this.server.endpoint], ...options });
  }

  /** Returns a client that connects through the proxy. */
  proxied(options: Partial<EtcdStoreOptions> = {}): Store & LeaseCalls {
    return this.client({ endpoints: [this.proxy.address], ...options });
  }

  client(options: Partial<EtcdStoreOptions> & Pick<EtcdStoreOptions, "endpoints">): Store & LeaseCalls {
    const client = openEtcdStore({
      requestTimeoutMs: 5_000,
      clock: systemClock,
      random: Math.random,
      log: silentLogger,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  async compact(revision: Revision): Promise<void> {
    const admin = new Etcd3({ hosts: this.server.endpoint });
    try {
      await admin.kv.compact({ revision, physical: true });
    } finally {
      admin.close();
    }
  }

  async elapse(ms: number): Promise<void> {
    await delay(ms);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.close();
    await this.proxy.stop();
    await this.server.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
