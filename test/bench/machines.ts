import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";

/** Agents of many machines on an etcd, in one process for each core. */
export class Machines implements Disposable {
  readonly #processes: readonly ChildProcess[];

  private constructor(processes: readonly ChildProcess[]) {
    this.#processes = processes;
  }

  /** Resolves when all machines have joined the cluster. */
  static async join(endpoint: string, count: number): Promise<Machines> {
    const processes = Math.min(count, availableParallelism());
    const share = Math.ceil(count / processes);
    const children = Array.from({ length: processes }, (_, index) => {
      const first = index * share;
      const own = Math.min(share, count - first);
      return fork(join(import.meta.dirname, "machines-process.ts"), [
        `--endpoint=${endpoint}`,
        `--first=${first}`,
        `--count=${own}`,
      ]);
    });
    const machines = new Machines(children);
    try {
      await Promise.all(children.map(joined));
      return machines;
    } catch (error) {
      machines[Symbol.dispose]();
      throw error;
    }
  }

  /** The resident memory of all processes, in MB. */
  async memory(): Promise<number> {
    const each = await Promise.all(this.#processes.map(({ pid }) => readFile(`/proc/${pid}/status`, "utf8")));
    return each.reduce((sum, status) => sum + (Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024) / 1e6, 0);
  }

  /** The CPU time of all processes, in milliseconds. */
  async processorTime(): Promise<number> {
    const each = await Promise.all(this.#processes.map(({ pid }) => readFile(`/proc/${pid}/stat`, "utf8")));
    return each.reduce((sum, stat) => sum + ticksOf(stat) * TICK_MS, 0);
  }

  [Symbol.dispose](): void {
    for (const child of this.#processes) child.kill("SIGKILL");
  }
}

/** The kernel reports CPU time in hundredths of a second, whatever its own tick rate (time(7)). */
const TICK_MS = 10;

/**
 * The sum of utime and stime in proc_pid_stat(5). The name before them may contain spaces and ends with a parenthesis.
 */
function ticksOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

async function joined(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit").then(() => {
    throw new Error("a process with machines has ended");
  });
  await Promise.race([once(child, "message"), ended]);
}
