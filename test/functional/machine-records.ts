import type { EtcdMember } from "../lab/index.ts";

const PREFIX = "/_coreos.com/fleet/machine/";

interface WatchAnswer {
  readonly result?: {
    readonly created?: boolean;
    readonly events?: readonly { readonly type?: "DELETE"; readonly kv: { readonly key: string } }[];
  };
}

/** Follows the machines' records in etcd itself, and notes when they go and come. */
export class MachineRecords implements AsyncDisposable {
  readonly #over = new AbortController();
  readonly #gone = new Map<string, number>();
  readonly #absences: { readonly machineID: string; readonly ms: number }[] = [];
  #reading: Promise<void> = Promise.resolve();

  private constructor() {}

  /** Resolves when nothing can be missed any more. */
  static async follow(etcd: EtcdMember): Promise<MachineRecords> {
    const records = new MachineRecords();
    const key = base64(PREFIX);
    const answer = await fetch(`${etcd.endpoint}/v3/watch`, {
      method: "POST",
      body: JSON.stringify({ create_request: { key, range_end: base64(`${PREFIX.slice(0, -1)}0`) } }),
      signal: records.#over.signal,
    });
    const created = Promise.withResolvers<void>();
    records.#reading = records.#read(answer, created.resolve).catch((error: unknown) => {
      created.reject(error);
      if (!records.#over.signal.aborted) throw error;
    });
    await created.promise;
    return records;
  }

  /** Each time that a record went, and for how long, milliseconds; Infinity for one that is away now. */
  get absences(): readonly { readonly machineID: string; readonly ms: number }[] {
    return [...this.#absences, ...[...this.#gone.keys()].map((machineID) => ({ machineID, ms: Infinity }))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#reading;
  }

  async #read(answer: Response, created: () => void): Promise<void> {
    if (answer.body === null) throw new Error("etcd's watch has no answer");
    let rest = "";
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
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

function machineOf(key: string): string {
  return Buffer.from(key, "base64").toString().slice(PREFIX.length);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
