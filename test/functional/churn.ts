import { type Host, waitFor } from "../lab/index.ts";
import { type ApiRequest, apiRequest } from "./api-request.ts";

/** Every start of a unit of the churn adds a line with the unit's name. */
const STARTS = "/root/churn-starts";

/** Longer than the restart of a server on a slow machine. */
const LIMIT_MS = 60_000;

export interface ChurnOptions {
  /** Each request goes to the next of them, and to another one until a server has accepted it. */
  readonly servers: readonly Host[];
  /** The units move between these two hosts. */
  readonly homes: readonly [Host, Host];
}

/** A client that creates, moves and destroys units the whole time, and knows what must be in effect in the end. */
export class Churn {
  readonly #options: ChurnOptions;
  readonly #ids: readonly [string, string];
  /** The number of starts of each unit, as `HOST UNIT`. */
  readonly #starts = new Map<string, number>();
  readonly #kept = new Map<string, Host>();
  readonly #workers: Promise<void>;
  #turn = 0;
  #changes = 0;
  #isOver = false;

  private constructor(options: ChurnOptions, ids: readonly [string, string]) {
    this.#options = options;
    this.#ids = ids;
    this.#workers = Promise.all([this.#travel("one"), this.#travel("two"), this.#finish(), this.#hurry()]).then(
      () => {},
    );
    // A failure is reported by `end`.
    this.#workers.catch(() => {});
  }

  static async begin(options: ChurnOptions): Promise<Churn> {
    const [a, b] = options.homes;
    return new Churn(options, [await a.machineId(), await b.machineId()]);
  }

  /** The number of accepted changes. */
  get changes(): number {
    return this.#changes;
  }

  /** Units that must run in the end, with their hosts. */
  get kept(): ReadonlyMap<string, Host> {
    return this.#kept;
  }

  /** The starts that must have happened, each line as `HOST UNIT NUMBER`. */
  get expectedStarts(): readonly string[] {
    return [...this.#starts].map(([start, count]) => `${start} ${count}`).toSorted();
  }

  /** Ends the changes, and resolves when each accepted one was seen in effect. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#workers;
  }

  /** Returns the starts that have happened, in the form of `expectedStarts`; without those of the hasty unit. */
  async starts(): Promise<readonly string[]> {
    const counted = this.#options.homes.map(async (host) => {
      const { stdout } = await host.run(["sh", "-c", `sort ${STARTS} | uniq -c`]);
      const lines = stdout.split("\n").filter((line) => line !== "" && !line.includes("hasty"));
      return lines.map((line) => {
        const [count, unit] = line.trim().split(" ");
        return `${host.name} ${unit} ${count}`;
      });
    });
    return (await Promise.all(counted)).flat().toSorted();
  }

  /** Units that start on one host, move to the other, and are destroyed; each third one stays. */
  async #travel(worker: string): Promise<void> {
    for (let number = 1; !this.#isOver; number++) {
      const unit = `churn-${worker}-${number}.service`;
      for (const home of [0, 1] as const) {
        await this.#launch(unit, home);
        await this.#until(unit, (machines) => machines.join() === this.#ids[home]);
        this.#count(unit, home);
      }
      if (number % 3 === 0) this.#kept.set(unit, this.#options.homes[1]);
      else {
        await this.#change(unit, { method: "DELETE" });
        await this.#until(unit, (machines) => machines.length === 0);
      }
    }
  }

  /** Oneshots, which must run once each. */
  async #finish(): Promise<void> {
    for (let number = 1; !this.#isOver; number++) {
      const unit = `finishes-${number}.service`;
      await this.#launch(unit, 0, "Type=oneshot");
      this.#count(unit, 0);
      await waitFor(`the start of ${unit}`, async () => (await this.starts()).includes(`${this.#name(0)} ${unit} 1`), {
        timeoutMs: LIMIT_MS,
        intervalMs: 200,
      });
    }
  }

  /** One unit that is created and destroyed without a pause, and destroyed in the end. */
  async #hurry(): Promise<void> {
    while (!this.#isOver) {
      await this.#launch("hasty.service", 0);
      await this.#change("hasty.service", { method: "DELETE" });
    }
    await this.#until("hasty.service", (machines) => machines.length === 0);
  }

  async #launch(unit: string, home: 0 | 1, more = "Type=exec"): Promise<void> {
    const stay = more === "Type=exec" ? "exec sleep 100000" : "true";
    const file =
      `[Service]\n${more}\nExecStart=/bin/sh -c 'echo %n >> ${STARTS}; ${stay}'\n` +
      `[X-Fleet]\nMachineID=${this.#ids[home]}\n`;
    await this.#change(unit, { method: "PUT", body: { file, desiredState: "launched", replace: true } });
  }

  /** Repeats a change until a server accepts it, as a client does that gets no answer. */
  async #change(unit: string, request: ApiRequest): Promise<void> {
    await this.#ask(`/fleet/v2/units/${unit}`, request, (status) => {
      // The first request may have been carried out without an answer.
      return status < 300 || (status === 404 && request.method === "DELETE");
    });
    this.#changes += 1;
  }

  /** Waits until the machines on which a unit is active, or has any other state, satisfy a condition. */
  async #until(unit: string, isReached: (machines: readonly string[]) => boolean): Promise<void> {
    const look = async (): Promise<boolean> => {
      const { states } = (await this.#ask(`/fleet/v2/states?unitName=${unit}`, {}, (status) => status === 200)) as {
        readonly states: readonly { readonly machineID: string; readonly active: string }[];
      };
      const machines = states.map(({ machineID, active }) =>
        active === "active" ? machineID : `${active} ${machineID}`,
      );
      if (isReached(machines)) return true;
      throw new Error(`its states are ${JSON.stringify(states)}`);
    };
    await waitFor(`the change of ${unit} to be in effect`, look, { timeoutMs: LIMIT_MS, intervalMs: 100 });
  }

  async #ask(path: string, request: ApiRequest, isAccepted: (status: number) => boolean): Promise<unknown> {
    const send = async (): Promise<{ readonly json: unknown }> => {
      const { servers } = this.#options;
      const server = servers[this.#turn++ % servers.length] as Host;
      const { status, text, json } = await apiRequest(server, path, request);
      if (!isAccepted(status)) throw new Error(`${server.name} answered ${status}: ${text}`);
      return { json };
    };
    const { json } = await waitFor(`an answer to ${path}`, send, { timeoutMs: LIMIT_MS, intervalMs: 20 });
    return json;
  }

  #count(unit: string, home: 0 | 1): void {
    const start = `${this.#name(home)} ${unit}`;
    this.#starts.set(start, (this.#starts.get(start) ?? 0) + 1);
  }

  #name(home: 0 | 1): string {
    return this.#options.homes[home].name;
  }
}
