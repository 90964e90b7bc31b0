import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The kernel reports CPU time in hundredths of a second, whatever its own tick rate (time(7)). */
const TICK_MS = 10;

/** A process of the benchmark that answers messages, each by one message. It ends when this process ends. */
export class Worker implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  /** @param file a file of this folder. */
  constructor(file: string, args: readonly string[]) {
    this.#process = fork(join(import.meta.dirname, file), args);
    this.#ended = once(this.#process, "exit");
  }

  /** Resolves to the next message of the process. */
  async next(): Promise<unknown> {
    const ended = this.#ended.then(() => {
      throw new Error(`the process ${this.#process.spawnargs.slice(1, 3).join(" ")} has ended`);
    });
    const [message] = (await Promise.race([once(this.#process, "message"), ended])) as [unknown];
    return message;
  }

  /** Sends a message and resolves to the answer. */
  ask(message: object): Promise<unknown> {
    const answer = this.next();
    this.#process.send(message);
    return answer;
  }

  /** The resident memory, in MB. */
  async memory(): Promise<number> {
    const status = await readFile(`/proc/${this.#process.pid}/status`, "utf8");
    return (Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024) / 1e6;
  }

  /** The CPU time, in milliseconds. */
  async processorTime(): Promise<number> {
    return ticksOf(await readFile(`/proc/${this.#process.pid}/stat`, "utf8")) * TICK_MS;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await this.#ended;
  }
}

/** The sum of the figures of all workers. */
export async function sumOf(workers: readonly Worker[], figure: (worker: Worker) => Promise<number>): Promise<number> {
  const each = await Promise.all(workers.map(figure));
  return each.reduce((sum, value) => sum + value, 0);
}

/**
 * The sum of utime and stime in proc_pid_stat(5). The name before them may contain spaces and ends with a parenthesis.
 */
function ticksOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
