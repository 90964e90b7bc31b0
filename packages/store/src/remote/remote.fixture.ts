import { setTimeout as delay } from "node:timers/promises";
import { type Link, type LinkAddress, openLink } from "@flotilla/link";
import { FaultProxy, LoopbackServer, TestAuthority } from "@flotilla/link/fixture";
import { type Logger, silentLogger, systemClock } from "@flotilla/runtime";
import type { LeaseCalls, Store } from "../port/index.ts";
import { withSharedWatches } from "../sharing/shared-watches.ts";
import { openRemoteStore, type Rights, STORE_PATH, storeHandler } from "./index.ts";
import type { GatewayLimits } from "./server/limits.ts";

/** The machine of every client. */
export const MACHINE = "m1";

export const ALL_RIGHTS: Rights = { range: () => undefined, watch: () => undefined, txn: () => undefined };

/** Limits that let one machine run a whole contract suite. */
export const WIDE: Partial<GatewayLimits> = { watches: 64, leases: 1_000 };

const { clock, random } = { clock: systemClock, random: Math.random };

export interface RemoteServer {
  readonly link: LoopbackServer;
  readonly proxy: FaultProxy;
  readonly store: Store;
}

export interface RemoteFixtureOptions {
  /** The store of each server. */
  readonly stores: readonly (Store & LeaseCalls)[];
  readonly rightsOf?: (machineID: string) => Rights;
  readonly log?: Logger;
  readonly requestTimeoutMs?: number;
  /** Whether each server lets its watches share. */
  readonly areShared?: boolean;
}

/** Servers on loopback, each behind a proxy, and clients over links with TLS. */
export class RemoteFixture implements AsyncDisposable {
  readonly servers: readonly RemoteServer[];
  readonly #options: RemoteFixtureOptions;
  readonly #authority: TestAuthority;
  readonly #links: Link[] = [];

  private constructor(options: RemoteFixtureOptions, authority: TestAuthority, servers: readonly RemoteServer[]) {
    this.#options = options;
    this.#authority = authority;
    this.servers = servers;
  }

  static async start(options: RemoteFixtureOptions): Promise<RemoteFixture> {
    const authority = await TestAuthority.create();
    const tls = await authority.server();
    const servers = await Promise.all(options.stores.map((store) => startServer(store, options, tls)));
    return new RemoteFixture(options, authority, servers);
  }

  /** Returns a client that prefers the servers in their order. */
  async connect(): Promise<Store> {
    const agent = await this.#authority.agent(MACHINE);
    const { log = silentLogger, requestTimeoutMs = 5_000 } = this.#options;
    const servers = this.servers.map(({ proxy }) => addressOf(proxy));
    const link = openLink({ servers, tls: () => agent, clock, random: () => 0, log: silentLogger });
    this.#links.push(link);
    return openRemoteStore({ link, clock, random, log, requestTimeoutMs });
  }

  async elapse(ms: number): Promise<void> {
    await delay(ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const link of this.#links) link.close();
    for (const { link, proxy, store } of this.servers) {
      await proxy.stop();
      await link.close();
      await store.close();
    }
  }
}

async function startServer(
  bare: Store & LeaseCalls,
  { rightsOf = () => ALL_RIGHTS, log = silentLogger, areShared = false }: RemoteFixtureOptions,
  tls: Awaited<ReturnType<TestAuthority["server"]>>,
): Promise<RemoteServer> {
  const sharing = { families: [""], witness: "witness/key", clock, random };
  const store = areShared ? withSharedWatches(bare, sharing) : bare;
  const handler = storeHandler({ store, leases: bare, rightsOf, clock, limits: WIDE });
  const routes = new Map([[STORE_PATH, handler]]);
  const link = await LoopbackServer.start({ tls, routes, log, limits: { machineSessions: 1_000 } });
  return { link, store, proxy: await FaultProxy.start(link.address) };
}

function addressOf({ address }: FaultProxy): LinkAddress {
  const [host = "", port] = address.split(":");
  return { host, port: Number(port) };
}
