import http from "node:http";
import type { Readable } from "node:stream";
import type { EtcdMember } from "../lab/index.ts";

const PREFIX = "/_coreos.com/fleet/machine/";

interface WatchAnswer {
  readonly result?: {
    readonly created?: boolean;
    readonly events?: readonly { readonly type?: "DELETE"; readonly kv: { readonly key: string } }[];
  };
}

/** Watches the machines' records in etcd, and notes when they disappear and return. */
export class MachineRecords implements AsyncDisposable {
  readonly #over = new AbortController();
  readonly #gone = new Map<string, number>();
  readonly #absences: { readonly machineID: string; readonly ms: number }[] = [];
  #reading: Promise<void> = Promise.resolve();

  private constructor() {}

  /** Resolves when the watch is established. */
  static async follow(etcd: EtcdMember): Promise<MachineRecords> {
    const records = new MachineRecords();
    const key = base64(PREFIX);
    const body = JSON.stringify({ create_request: { key, range_end: base64(`${PREFIX.slice(0, -1)}0`) } });
    const answer = await post(`${etcd.endpoint}/v3/watch`, body, records.#over.signal);
    const created = Promise.withResolvers<void>();
    records.#reading = records.#read(answer, created.resolve).catch((error: unknown) => {
      created.reject(error);
      if (!records.#over.signal.aborted) throw error;
    });
    await created.promise;
    return records;
  }

  /** The absences of records, with their length in milliseconds. The length of a present absence is Infinity. */
  get absences(): readonly { readonly machineID: string; readonly ms: number }[] {
    return [...this.#absences, ...[...this.#gone.keys()].map((machineID) => ({ machineID, ms: Infinity }))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#reading;
  }

  async #read(answer: Readable, created: () => void): Promise<void> {
    let rest = "";
    for await (const chunk of answer.setEncoding("utf8") as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { result } = JSON.parse(line) as WatchAnswer;
        if (result?.created) created();
        for (const event of result?.events ?? []) this.#note(machineOf(event.kv.key), event.type === "DELETE");
      }
    }
  }

  #note(machineID: string, isGone: boolean): void {
    const since = this.#gone.get(machineID);
    if (isGone) this.#gone.set(machineID, performance.now());
    else if (since !== undefined) {
      this.#gone.delete(machineID);
      this.#absences.push({ machineID, ms: performance.now() - since });
    }
  }
}

/** Sends a POST and returns the response as a stream. Node's fetch would end a response after five silent minutes. */
function post(url: string, body: string, signal: AbortSignal): Promise<Readable> {
  return new Promise((resolve, reject) => {
    http.request(url, { method: "POST", signal }).on("response", resolve).on("error", reject).end(body);
  });
}

function machineOf(key: string): string {
  return Buffer.from(key, "base64").toString().slice(PREFIX.length);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
