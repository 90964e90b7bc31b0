import { StoreContact } from "@flotilla/engine";
import type { Asked } from "./bus.ts";
import type { Host } from "./host.ts";
import {
  type AgentPart,
  type ApiPart,
  type EnginePart,
  type PartOptions,
  startAgent,
  startApi,
  startEngine,
} from "./parts.ts";
import { Process, type Role } from "./process.ts";
import type { Random } from "../random.ts";
import type { Timeline } from "./timeline.ts";
import type { Condition, Wire } from "./wire.ts";

export interface DaemonOptions {
  readonly host: Host;
  readonly timeline: Timeline;
  readonly wire: Wire;
  readonly link: () => Condition;
  readonly random: Random;
  readonly ttlMs: number;
  readonly tell: (who: string, what: string) => void;
  readonly onAsked: (asked: Asked) => void;
  readonly onDisagreement: (difference: string) => void;
  /** Aborts once the history is over. */
  readonly over: AbortSignal;
}

/** How long a leaving daemon waits for its units to stop, in milliseconds. */
const LEAVE_LIMIT_MS = 20_000;

/**
 * fleetd on a host: an agent, an engine and an API, connected as in fleetd. Here each of them has its own process and
 * connection, so that the writer of each change is known, and each can crash separately.
 */
export class Daemon {
  readonly host: Host;
  /** Set when the daemon is told to end. */
  ending: "keep" | "leave" | undefined;
  readonly #options: DaemonOptions;
  readonly #contact: StoreContact;
  #lives = 0;
  #agent: AgentPart;
  #engine: EnginePart;
  #api: ApiPart;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.host = options.host;
    this.#contact = new StoreContact(options.timeline.clock);
    this.#agent = startAgent(this.#optionsFor("agent"));
    this.#engine = startEngine(this.#optionsFor("engine"));
    this.#api = startApi(this.#optionsFor("api"));
  }

  get agent(): AgentPart {
    return this.#agent;
  }
  get engine(): EnginePart {
    return this.#engine;
  }
  get api(): ApiPart {
    return this.#api;
  }

  processes(): Process[] {
    return [this.#agent.process, this.#engine.process, this.#api.process];
  }

  get alive(): boolean {
    return this.processes().some((process) => process.alive);
  }

  kill(): void {
    for (const process of this.processes()) process.kill();
  }

  killPart(role: Role): void {
    this.processes()
      .find((process) => process.role === role)
      ?.kill();
  }

  /** Restarts the parts that are dead. */
  revive(): void {
    if (!this.#agent.process.alive) this.#agent = startAgent(this.#optionsFor("agent"));
    if (!this.#engine.process.alive) this.#engine = startEngine(this.#optionsFor("engine"));
    if (!this.#api.process.alive) this.#api = startApi(this.#optionsFor("api"));
  }

  freeze(): void {
    for (const process of this.processes()) process.freeze();
  }

  thaw(): void {
    for (const process of this.processes()) process.thaw();
  }

  /** Ends the daemon cleanly, like `systemctl restart` (keep) or `systemctl stop` (leave). */
  async end(how: "keep" | "leave"): Promise<void> {
    this.ending = how;
    const [agent, engine, api] = [this.#agent, this.#engine, this.#api];
    const handedOver = engine.stop();
    if (how === "leave") await agent.agent.leave(LEAVE_LIMIT_MS);
    await Promise.all([handedOver, agent.stop(), api.stop()]);
    for (const { process } of [agent, engine, api]) process.kill();
  }

  #optionsFor(role: Role): PartOptions {
    const { host, timeline, wire, link, random, ttlMs, tell, onAsked, onDisagreement, over } = this.#options;
    this.#lives += 1;
    const name = `${host.options.name}/${role}${this.#lives > 3 ? `.${this.#lives}` : ""}`;
    const process = new Process(timeline, name, role, host.options);
    const own = random.fork();
    const contact = this.#contact;
    const onRenewal = (renewed: boolean): void => contact.note(renewed);
    const store = wire.connect(process, link, { random: own.float, onRenewal });
    const told = { tell: (what: string) => tell(name, what), onAsked, onDisagreement };
    return { process, store, host, timeline, random: own, ttlMs, contact, over, ...told };
  }
}
