import { once } from "node:events";
import http, { type IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { V2_BASE } from "@flotilla/api/contract";

/** The sub-state of a change holds its time: nanoseconds of the machine's monotonic clock. */
const STAMP = '"sub":"';

/** Many watch streams on one daemon; measures the delay of each change on each stream. */
export class WatchReaders {
  /** Delays in milliseconds: one sample for each change on each stream. */
  readonly delays: number[] = [];
  readonly #streams: IncomingMessage[] = [];
  readonly #agent = new http.Agent({ maxSockets: Infinity });

  static async open(socketPath: string, count: number): Promise<WatchReaders> {
    const readers = new WatchReaders();
    for (let index = 0; index < count; index++) readers.#follow(await readers.#connect(socketPath));
    return readers;
  }

  close(): void {
    for (const stream of this.#streams) stream.destroy();
    this.#agent.destroy();
  }

  async #connect(socketPath: string): Promise<IncomingMessage> {
    const stream = await openWatch(socketPath, this.#agent);
    this.#streams.push(stream);
    return stream;
  }

  #follow(stream: IncomingMessage): void {
    let rest = "";
    stream.setEncoding("latin1").on("data", (chunk: string) => {
      const now = Number(process.hrtime.bigint());
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const at = line.indexOf(STAMP) + STAMP.length;
        if (at >= STAMP.length) this.delays.push((now - Number(line.slice(at, line.indexOf('"', at)))) / 1e6);
      }
    });
    stream.on("error", () => {});
  }
}

/** Returns the present time as a sub-state. */
export function stamp(): string {
  return String(process.hrtime.bigint());
}

/**
 * Opens a watch that reads nothing during `fill` and for `ms` milliseconds after it, and then reads to the end.
 * @returns the last line.
 */
export async function lastLineOfSlowReader(socketPath: string, ms: number, fill: () => Promise<void>): Promise<string> {
  const stream = await openWatch(socketPath, new http.Agent());
  stream.pause();
  await fill();
  await delay(ms);
  let tail = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => (tail = (tail + chunk).slice(-2_000)));
  stream.on("error", () => {});
  stream.resume();
  await once(stream, "close");
  return tail.trimEnd().split("\n").at(-1) ?? "";
}

async function openWatch(socketPath: string, agent: http.Agent): Promise<IncomingMessage> {
  const request = http.request({ socketPath, path: `${V2_BASE}/watch`, agent }).end();
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  return answer;
}
