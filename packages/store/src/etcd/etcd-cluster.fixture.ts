import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { Etcd3 } from "etcd3";
import { EtcdServer, eventually, freePort, withoutHang } from "../contract/index.ts";
import type { Store } from "../port/index.ts";
import { openEtcdStore } from "./etcd-store.ts";

/** The time limit of a client's calls, milliseconds. */
export const TIMEOUT_MS = 2_000;

/** A real etcd of three members on this machine. */
export class EtcdClusterFixture implements AsyncDisposable {
  readonly members: readonly EtcdServer[];
  readonly #clients: Store[] = [];

  private constructor(members: readonly EtcdServer[]) {
    this.members = members;
  }

  static async start(): Promise<EtcdClusterFixture> {
    const names = ["one", "two", "three"];
    const ports = await Promise.all(names.map(() => freePort()));
    const cluster = Object.fromEntries(names.map((name, index) => [name, ports[index] ?? 0]));
    // No member serves before a majority has started.
    const starting = Object.entries(cluster).map(([name, peerPort]) =>
      EtcdServer.start({ member: { name, peerPort, cluster }, args: ["--unsafe-no-fsync"] }),
    );
    return new EtcdClusterFixture(await Promise.all(starting));
  }

  client(endpoints: readonly string[] = this.members.map(({ endpoint }) => endpoint)): Store {
    const common = { clock: systemClock, random: Math.random, log: silentLogger };
    const client = openEtcdStore({ ...common, endpoints, requestTimeoutMs: TIMEOUT_MS });
    this.#clients.push(client);
    return client;
  }

  /** Waits for a leader. Returns it and the followers. */
  async roles(): Promise<{ readonly leader: EtcdServer; readonly followers: readonly EtcdServer[] }> {
    let leader: EtcdServer | undefined;
    await eventually(this, "a leader among etcd's members", async () => {
      const leads = await Promise.all(this.members.map(isLeader));
      leader = this.members.find((_, index) => leads[index]);
      return leader !== undefined;
    });
    return { leader: leader ?? assert.fail(), followers: this.members.filter((member) => member !== leader) };
  }

  async elapse(ms: number): Promise<void> {
    await delay(ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await withoutHang("a client to close", client.close());
    await Promise.all(this.members.map((member) => member.stop()));
  }
}

async function isLeader({ endpoint }: EtcdServer): Promise<boolean> {
  // Without a deadline, a call to a member that has hung would pend for ever.
  const client = new Etcd3({ hosts: endpoint, defaultCallOptions: () => ({ deadline: Date.now() + 1_000 }) });
  try {
    const { header, leader } = await client.maintenance.status();
    return header.member_id === leader;
  } catch {
    return false;
  } finally {
    client.close();
  }
}
