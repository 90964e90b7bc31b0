import { setTimeout as delay } from "node:timers/promises";
import { sumOf, Worker } from "./processes.ts";

/** What the leading server is asked; server-process.ts answers. */
export type HeadRequest =
  | { readonly do: "count machines" }
  | { readonly do: "start at once" | "start one by one"; readonly prefix: string; readonly count: number };

export interface ServersOptions {
  readonly etcd: string;
  /** At least one. The first one leads and gets the requests. */
  readonly count: number;
  /** Without an authority, the servers are no gateways. */
  readonly authority?: string;
}

/** Servers in processes of their own, so that their memory is theirs. */
export class Servers implements AsyncDisposable {
  /** `HOST:PORT` of each gateway. */
  readonly addresses: readonly string[];
  readonly #workers: readonly Worker[];
  readonly #leader: Worker;

  private constructor(leader: Worker, workers: readonly Worker[], addresses: readonly string[]) {
    this.#leader = leader;
    this.#workers = workers;
    this.addresses = addresses;
  }

  static async start({ etcd, count, authority }: ServersOptions): Promise<Servers> {
    const args = [`--etcd=${etcd}`, ...(authority === undefined ? [] : [`--authority=${authority}`])];
    const leader = new Worker("server-process.ts", [...args, "--leads"]);
    const others = Array.from({ length: count - 1 }, () => new Worker("server-process.ts", args));
    const workers = [leader, ...others];
    return new Servers(leader, workers, (await Promise.all(workers.map((each) => each.next()))) as string[]);
  }

  /** Resolves when the leader knows so many machines. */
  async untilMachines(count: number): Promise<void> {
    while ((await this.#ask({ do: "count machines" })) !== count) await delay(50);
  }

  /** Resolves to the milliseconds until all units are reported active. */
  async startAtOnce(prefix: string, count: number): Promise<number> {
    return (await this.#ask({ do: "start at once", prefix, count })) as number;
  }

  /** Resolves to the milliseconds that each start took. */
  async startOneByOne(prefix: string, count: number): Promise<number[]> {
    return (await this.#ask({ do: "start one by one", prefix, count })) as number[];
  }

  /** The resident memory of each, the leader first, in MB. */
  memory(): Promise<number[]> {
    return Promise.all(this.#workers.map((worker) => worker.memory()));
  }

  /** The CPU time of all, in milliseconds. */
  processorTime(): Promise<number> {
    return sumOf(this.#workers, (worker) => worker.processorTime());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker[Symbol.asyncDispose]()));
  }

  #ask(request: HeadRequest): Promise<unknown> {
    return this.#leader.ask(request);
  }
}
