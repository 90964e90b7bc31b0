import { digestText, hashOptions, parseUnitFile, serialiseOptions } from "@flotilla/unit";
import type { Process } from "../world/process.ts";
import type { Machine, World } from "../world/world.ts";
import { unitOf } from "../world/records.ts";
import type { ApiAnswer, ApiRequest, SimulatedApi } from "./api.ts";
import type { Intent, Intents } from "./intents.ts";

type Desired = "inactive" | "loaded" | "launched";

export interface ClientOptions {
  readonly world: World;
  readonly api: SimulatedApi;
  readonly intents: Intents;
}

const LOST = "what the API accepted is in the store";
const STALE = "a read shows what was written before it";

/** People and programs that use the API, through any daemon and at any time, and hold it to its answers. */
export class Clients {
  readonly #options: ClientOptions;
  #requests = 0;
  /** Requests that have not been answered yet, each with the process that is to do it. */
  readonly #open = new Map<string, Process>();
  /** The highest revision that an answer to anybody has named. */
  #answered = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Whether some request is under way still: what it asks for may yet come. */
  get areWaiting(): boolean {
    return [...this.#open.values()].some(({ alive }) => alive);
  }

  put(
    machine: Machine,
    unit: string,
    body: { file?: string; desiredState?: Desired; replace?: boolean; restart?: boolean },
  ): void {
    const { intents } = this.#options;
    const intent = intents.add({
      unit,
      destroys: false,
      ...(body.file !== undefined && { digest: digestText(body.file) }),
      ...(body.desiredState && { desired: body.desiredState }),
    });
    void this.#ask(machine, { method: "PUT", path: `/fleet/v2/units/${unit}`, body }, intent, (answer) => {
      const { unit: told, created, changed } = JSON.parse(answer.text) as PutAnswer;
      const digest = created || (changed && body.replace && body.file !== undefined) ? intent.digest : undefined;
      this.#requireStored(unit, answer.revision, { hash: told.hash, desired: told.desiredState, digest });
    });
  }

  /** As fleet's own clients do it: options in place of a file, and only when the unit is to be new. */
  putV1(machine: Machine, unit: string, file: string | undefined, desiredState: Desired): void {
    const options = file === undefined ? undefined : parseUnitFile(file).options;
    const intent = this.#options.intents.add({
      unit,
      destroys: false,
      desired: desiredState,
      ...(file !== undefined && { digest: digestOfOptions(file) }),
    });
    const body = { desiredState, ...(options && { options }) };
    void this.#ask(machine, { method: "PUT", path: `/fleet/v1/units/${unit}`, body }, intent, ({ revision }) => {
      const hash = options && hashOptions(options);
      this.#requireStored(unit, revision, { hash, desired: desiredState, digest: undefined });
    });
  }

  destroy(machine: Machine, unit: string): void {
    const intent = this.#options.intents.add({ unit, destroys: true });
    void this.#ask(machine, { method: "DELETE", path: `/fleet/v2/units/${unit}` }, intent, ({ revision }) => {
      const { ledger } = this.#options.world;
      if (ledger.at(`unit/${unit}`, revision))
        this.#fail(LOST, `${unit} was destroyed by revision ${revision}, and was still there then`);
    });
  }

  editMetadata(machine: Machine, of: Machine, zone: string | undefined): void {
    const body = zone === undefined ? { unset: ["zone"] } : { set: { zone } };
    const id = of.host.options.machineID;
    void this.#ask(
      machine,
      { method: "PATCH", path: `/fleet/v2/machines/${id}/metadata`, body },
      undefined,
      (answer) => {
        const entry = this.#options.world.ledger.at(`machine-settings/${id}`, answer.revision);
        const stored = entry && (JSON.parse(entry.value) as { metadata: Record<string, string | null> }).metadata;
        if ((stored?.zone ?? undefined) !== zone)
          this.#fail(LOST, `the metadata of ${of.host.options.name} is not as set`);
      },
    );
  }

  releaseHold(machine: Machine): void {
    void this.#ask(machine, { method: "POST", path: "/fleet/v2/hold/release" }, undefined, () => {});
  }

  /** A read shows every write that anybody was answered before it. */
  read(machine: Machine, unit: string): void {
    const { ledger } = this.#options.world;
    const since = this.#answered;
    void this.#ask(machine, { method: "GET", path: `/fleet/v2/units/${unit}` }, undefined, (answer) => {
      const { hash, desiredState } = JSON.parse(answer.text) as { hash: string; desiredState: string };
      if (answer.revision < since)
        this.#fail(STALE, `revision ${answer.revision} was shown after ${since} was written`);
      const entry = ledger.at(`unit/${unit}`, answer.revision);
      const stored = entry && unitOf(entry);
      if (stored?.hash !== hash || stored.desired !== desiredState)
        this.#fail(STALE, `${unit} was shown as ${desiredState}, and is ${stored?.desired} at ${answer.revision}`);
    });
  }

  async #ask(
    { daemon, host, powered }: Machine,
    request: ApiRequest,
    intent: Intent | undefined,
    check: (answer: ApiAnswer) => void,
  ): Promise<void> {
    const { world, api } = this.#options;
    this.#requests += 1;
    const who = `client/${this.#requests}`;
    world.tell(
      who,
      `${request.method} ${request.path.slice(7)} by ${host.options.name} ${JSON.stringify(request.body ?? "")}`,
    );
    if (!daemon?.api.process.alive || !powered) {
      if (intent) intent.outcome = "refused";
      return;
    }
    const { process, store, feed } = daemon.api;
    const { agent } = daemon.agent;
    const unavailable = (): string | undefined => (agent.status.joined ? undefined : agent.status.reason);
    process.onDeath(() => {
      if (intent?.outcome === "open") intent.outcome = "unsure";
    });
    this.#open.set(who, process);
    const answer = await api({ store, cluster: feed, clock: process.clock, unavailable }, request);
    this.#open.delete(who);
    // An answer that a dead process would have given never came.
    if (!process.alive || world.closed) return;
    world.tell(who, `is answered ${answer.status} r${answer.revision} ${answer.status >= 400 ? answer.text : ""}`);
    if (answer.status < 300) check(answer);
    if (answer.status < 300) this.#answered = Math.max(this.#answered, answer.revision);
    if (intent) intent.outcome = answer.status < 300 ? "accepted" : answer.status < 500 ? "refused" : "unsure";
  }

  #requireStored(unit: string, revision: number, expected: Expected): void {
    const entry = this.#options.world.ledger.at(`unit/${unit}`, revision);
    const stored = entry && unitOf(entry);
    const wrong = (["hash", "desired", "digest"] as const).find(
      (field) => expected[field] !== undefined && stored?.[field] !== expected[field],
    );
    if (wrong)
      this.#fail(LOST, `${unit} was to have ${wrong} ${expected[wrong]} at ${revision}, and has ${stored?.[wrong]}`);
  }

  #fail(invariant: string, message: string): void {
    this.#options.world.fail(invariant, message);
  }
}

interface PutAnswer {
  readonly unit: { readonly hash: string; readonly desiredState: Desired };
  readonly created: boolean;
  readonly changed: boolean;
}

type Expected = { readonly [K in "hash" | "desired" | "digest"]: string | undefined };

function digestOfOptions(file: string): string {
  return digestText(serialiseOptions(parseUnitFile(file).options));
}
