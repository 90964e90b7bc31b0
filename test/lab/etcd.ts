import { EtcdMember } from "./etcd-member.ts";
import type { Lab } from "./lab.ts";
import { waitFor } from "./wait-for.ts";

export interface EtcdOptions {
  /** The number of members. Default: 1. */
  readonly members?: number;
  /** Additional flags for every member. */
  readonly args?: readonly string[];
}

/** A real etcd on this machine. Only the lab's hosts can reach its addresses. */
export class Etcd {
  readonly members: readonly EtcdMember[];

  private constructor(members: readonly EtcdMember[]) {
    this.members = members;
  }

  /** Starts an empty etcd. Resolves when it serves. */
  static async start(lab: Lab, { members: count = 1, args = [] }: EtcdOptions = {}): Promise<Etcd> {
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    const peerUrl = (number: number): string => `http://${lab.address}:${2380 + number}`;
    const cluster = numbers.map((number) => `etcd${number}=${peerUrl(number)}`).join(",");
    // The default timeouts would only delay elections: members on one machine have no latency.
    const timing = count === 1 ? [20, 200] : [50, 500];
    const flags = [`--heartbeat-interval=${timing[0]}`, `--election-timeout=${timing[1]}`, ...args];
    const members: EtcdMember[] = [];
    for (const number of numbers) {
      const address = await lab.serverAddress(number);
      members.push(
        new EtcdMember({ lab, name: `etcd${number}`, address, peerUrl: peerUrl(number), cluster, args: flags }),
      );
    }
    const etcd = new Etcd(members);
    await etcd.start();
    return etcd;
  }

  /** The URLs at which clients reach the members. */
  get endpoints(): readonly string[] {
    return this.members.map(({ endpoint }) => endpoint);
  }

  /** The first member's URL. */
  get endpoint(): string {
    return this.#first.endpoint;
  }

  /** Starts the stopped members with their data. Resolves when all members serve. */
  async start(): Promise<void> {
    const stopped = this.members.filter(({ isRunning }) => !isRunning);
    if (stopped.length === 0) throw new Error("etcd is already running");
    await Promise.all(stopped.map((member) => member.launch()));
    await this.untilHealthy();
  }

  /** @param signal SIGTERM for a clean stop, SIGKILL for a crash. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop(signal)));
  }

  /** Crashes the members, deletes their data, and starts them again with the same addresses, flags and cluster ID. */
  async loseData(): Promise<void> {
    await this.stop("SIGKILL");
    await Promise.all(this.members.map((member) => member.loseDisk()));
    await this.start();
  }

  /** Stops the members with SIGSTOP: connections stay open, requests get no answer. */
  freeze(): void {
    for (const member of this.members) member.freeze();
  }

  thaw(): void {
    for (const member of this.members) member.thaw();
  }

  /** Undoes every fault of every member. Resolves when all members serve. */
  async repair(): Promise<void> {
    await Promise.all(this.members.map((member) => member.repair()));
    await this.untilHealthy();
  }

  async isHealthy(): Promise<boolean> {
    return (await Promise.all(this.members.map((member) => member.isHealthy()))).every(Boolean);
  }

  /** Resolves when every running member serves. */
  async untilHealthy(): Promise<void> {
    const running = this.members.filter(({ isRunning }) => isRunning);
    for (const member of running) await waitFor(`${member.name} to serve`, () => member.isHealthy());
  }

  /** Waits for a leader and returns it. */
  async leader(): Promise<EtcdMember> {
    return waitFor("an etcd member to lead", async () => {
      const running = this.members.filter(({ isRunning }) => isRunning);
      const leads = await Promise.all(
        running.map(async (member) => {
          const { header, leader } = await member.call("maintenance/status", {});
          return (header as { member_id?: string }).member_id === leader;
        }),
      );
      return running.find((_, index) => leads[index]);
    });
  }

  get #first(): EtcdMember {
    const [first] = this.members;
    if (first === undefined) throw new RangeError("etcd needs at least one member");
    return first;
  }
}
