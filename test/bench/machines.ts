import { availableParallelism } from "node:os";
import { sumOf, Worker } from "./processes.ts";

/** How machines reach the store, as arguments of machines-process.ts: etcd itself, or servers with an authority. */
export type Reach = { readonly etcd: string } | { readonly servers: readonly string[]; readonly authority: string };

/** Agents of many machines, in one process for each core. */
export class Machines implements AsyncDisposable {
  readonly #workers: readonly Worker[];

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
  }

  /** Resolves when all machines have joined the cluster. */
  static async join(reach: Reach, count: number): Promise<Machines> {
    const processes = Math.min(count, availableParallelism());
    const share = Math.ceil(count / processes);
    const workers = Array.from({ length: processes }, (_, index) => {
      const first = index * share;
      const own = Math.min(share, count - first);
      return new Worker("machines-process.ts", [...reachArguments(reach), `--first=${first}`, `--count=${own}`]);
    });
    const machines = new Machines(workers);
    try {
      await Promise.all(workers.map((worker) => worker.next()));
      return machines;
    } catch (error) {
      await machines[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The resident memory of all processes, in MB. */
  memory(): Promise<number> {
    return sumOf(this.#workers, (worker) => worker.memory());
  }

  /** The CPU time of all processes, in milliseconds. */
  processorTime(): Promise<number> {
    return sumOf(this.#workers, (worker) => worker.processorTime());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker[Symbol.asyncDispose]()));
  }
}

function reachArguments(reach: Reach): string[] {
  if ("etcd" in reach) return [`--etcd=${reach.etcd}`];
  return [...reach.servers.map((server) => `--server=${server}`), `--authority=${reach.authority}`];
}
