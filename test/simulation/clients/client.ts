import { digestText, hashOptions, parseUnitFile, serialiseOptions } from "@flotilla/unit";
import type { Process } from "../world/process.ts";
import type { Machine } from "../world/machine.ts";
import type { World } from "../world/world.ts";
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
const STALE = "a read shows all earlier writes";

/** Clients of the API. They send requests to any daemon at any time, and check every answer against the store. */
export class Clients {
  readonly #options: ClientOptions;
  #requests = 0;
  /** Open requests, each with the process that must answer it. */
  readonly #open = new Map<string, Process>();
  /** The highest revision in any answer so far. */
  #answered = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Whether a request is open, so that its write may still follow. */
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
      bringsUp: body.desiredState === "launched" || body.replace === true,
    });
    void this.#ask(machine, { method: "PUT", path: `/fleet/v2/units/${unit}`, body }, intent, (answer) => {
      const { unit: told, created, changed } = JSON.parse(answer.text) as PutAnswer;
      const digest = created || (changed && body.replace && body.file !== undefined) ? intent.digest : undefined;
      this.#requireStored(unit, answer.revision, { hash: told.hash, desired: told.desiredState, digest });
    });
  }

  /** Writes a unit like fleet's own clients: options instead of a file, and only for a new unit. */
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
        this.#fail(LOST, `the API answered that ${unit} was destroyed, but the unit exists at revision ${revision}`);
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
          this.#fail(LOST, `the API accepted metadata of ${of.host.options.name} that is not in the store`);
      },
    );
  }

  /** An operator cordons or drains a machine, or ends that. */
  keep(
    machine: Machine,
    of: Machine,
    method: "PUT" | "DELETE",
    what: "cordon" | "drain",
    body: { readonly untilSeconds?: number } | undefined,
  ): void {
    const id = of.host.options.machineID;
    const request = { method, path: `/fleet/v2/machines/${id}/${what}`, ...(body && { body }) };
    void this.#ask(machine, request, undefined, ({ revision }) => {
      const entry = this.#options.world.ledger.at(`machine-settings/${id}`, revision);
      const stored = entry ? (JSON.parse(entry.value) as Record<string, unknown>) : {};
      if ((stored[what] !== undefined) !== (method === "PUT"))
        this.#fail(
          LOST,
          `the API accepted a ${method} of the ${what} of ${of.host.options.name} that is not in the store`,
        );
    });
  }

  releaseHold(machine: Machine): void {
    void this.#ask(machine, { method: "POST", path: "/fleet/v2/hold/release" }, undefined, () => {});
  }

  /** Reads a unit. The answer must show every write that was answered before the request, to any client. */
  read(machine: Machine, unit: string): void {
    const { ledger } = this.#options.world;
    const since = this.#answered;
    void this.#ask(machine, { method: "GET", path: `/fleet/v2/units/${unit}` }, undefined, (answer) => {
      const { hash, desiredState } = JSON.parse(answer.text) as { hash: string; desiredState: string };
      if (answer.revision < since)
        this.#fail(STALE, `the answer shows revision ${answer.revision}, but ${since} was written before`);
      const entry = ledger.at(`unit/${unit}`, answer.revision);
      const stored = entry && unitOf(entry);
      if (stored?.hash !== hash || stored.desired !== desiredState)
        this.#fail(
          STALE,
          `the answer shows ${unit} as ${desiredState}, but it is ${stored?.desired} at ${answer.revision}`,
        );
    });
  }

  async #ask(
    asked: Machine,
    request: ApiRequest,
    intent: Intent | undefined,
    check: (answer: ApiAnswer) => void,
  ): Promise<void> {
    const { world, api } = this.#options;
    const { daemon, host, powered } = this.#serverFor(asked);
    this.#requests += 1;
    const who = `client/${this.#requests}`;
    world.tell(
      who,
      `${request.method} ${request.path.slice(7)} via ${host.options.name} ${JSON.stringify(request.body ?? "")}`,
    );
    if (!daemon?.api?.process.alive || !powered) {
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
    // A dead process sends no answer.
    if (!process.alive || world.closed) return;
    world.tell(who, `gets ${answer.status} r${answer.revision} ${answer.status >= 400 ? answer.text : ""}`);
    if (answer.status < 300) check(answer);
    if (answer.status < 300) this.#answered = Math.max(this.#answered, answer.revision);
    if (intent) intent.outcome = answer.status < 300 ? "accepted" : answer.status < 500 ? "refused" : "unsure";
  }

  /** Returns the machine itself, or a server for an agent, which has no API of the cluster. */
  #serverFor(machine: Machine): Machine {
    if (!machine.host.options.isAgent) return machine;
    const servers = this.#options.world.machines.filter(({ host }) => !host.options.isAgent);
    return servers.find(({ daemon, powered }) => powered && daemon?.api?.process.alive) ?? machine;
  }

  #requireStored(unit: string, revision: number, expected: Expected): void {
    const entry = this.#options.world.ledger.at(`unit/${unit}`, revision);
    const stored = entry && unitOf(entry);
    const wrong = (["hash", "desired", "digest"] as const).find(
      (field) => expected[field] !== undefined && stored?.[field] !== expected[field],
    );
    if (wrong)
      this.#fail(LOST, `${unit} has ${wrong} ${stored?.[wrong]} at ${revision}, but ${expected[wrong]} was accepted`);
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
