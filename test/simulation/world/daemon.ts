import { type GatewayContact, StoreContact } from "@flotilla/engine";
import { type Logger, silentLogger } from "@flotilla/runtime";
import type { RenewalObserver, Store } from "@flotilla/store";
import type { Asked } from "./bus.ts";
import { Askers } from "./askers.ts";
import { type GatewayPart, startGateway } from "./gateway.ts";
import type { Host } from "./host.ts";
import {
  type AgentPart,
  type ApiPart,
  type EnginePart,
  type Part,
  type PartOptions,
  startAgent,
  startApi,
  startEngine,
} from "./parts.ts";
import { Process, type Role } from "./process.ts";
import type { Random } from "../random.ts";
import type { Timeline } from "./timeline.ts";
import type { Condition } from "./transport.ts";
import type { Wire } from "./wire.ts";

/** Opens the store of an agent, which has none of its own. */
export type OpenAgentStore = (process: Process, random: Random, onRenewal: RenewalObserver) => Store;

export interface DaemonOptions {
  readonly host: Host;
  readonly timeline: Timeline;
  readonly wire: Wire;
  readonly link: () => Condition;
  /** Undefined for a server. */
  readonly openAgentStore: OpenAgentStore | undefined;
  /** Whether a server has a gateway. */
  readonly hasGateway: boolean;
  readonly random: Random;
  readonly ttlMs: number;
  readonly tell: (who: string, what: string) => void;
  readonly onAsked: (asked: Asked) => void;
  readonly onDisagreement: (difference: string) => void;
  readonly onInternalError: (message: string) => void;
  /** Called when the process of a gateway has ended. */
  readonly onGatewayDeath: (gateway: GatewayPart) => void;
  /** Aborts once the history is over. */
  readonly over: AbortSignal;
}

/** How long a leaving daemon waits for its units to stop, in milliseconds. */
const LEAVE_LIMIT_MS = 20_000;

/**
 * fleetd on a host. On a server: an agent, an engine, an API and a gateway, connected as in fleetd. On an agent: an
 * agent. Here each of them has its own process and connection, so that the writer of each change is known, and each can
 * crash separately.
 */
export class Daemon {
  readonly host: Host;
  /** Set when the daemon is told to end. */
  ending: "keep" | "leave" | undefined;
  readonly #options: DaemonOptions;
  readonly #contact: StoreContact;
  readonly #lives = new Map<Role, number>();
  #agent: AgentPart;
  #engine: EnginePart | undefined;
  #api: ApiPart | undefined;
  #gateway: GatewayPart | undefined;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.host = options.host;
    this.#contact = new StoreContact(options.timeline.clock);
    this.#agent = startAgent(this.#optionsFor("agent"));
    if (options.openAgentStore) return;
    this.#engine = startEngine(this.#optionsFor("engine"));
    this.#api = startApi(this.#optionsFor("api"));
    if (options.hasGateway) this.#gateway = this.#startGateway();
  }

  get agent(): AgentPart {
    return this.#agent;
  }
  get engine(): EnginePart | undefined {
    return this.#engine;
  }
  get api(): ApiPart | undefined {
    return this.#api;
  }
  get gateway(): GatewayPart | undefined {
    return this.#gateway;
  }

  processes(): Process[] {
    return this.#parts().map(({ process }) => process);
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
    const isDead = (part: Part | undefined): boolean => part?.process.alive === false;
    if (isDead(this.#agent)) this.#agent = startAgent(this.#optionsFor("agent"));
    if (isDead(this.#engine)) this.#engine = startEngine(this.#optionsFor("engine"));
    if (isDead(this.#api)) this.#api = startApi(this.#optionsFor("api"));
    if (isDead(this.#gateway)) this.#gateway = this.#startGateway();
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
    const [agent, engine, api, gateway] = [this.#agent, this.#engine, this.#api, this.#gateway];
    const handedOver = engine?.stop();
    if (how === "leave") await agent.agent.leave(LEAVE_LIMIT_MS);
    await Promise.all([handedOver, agent.stop(), api?.stop()]);
    if (gateway) await gateway.stop();
    for (const part of [agent, engine, api, gateway]) part?.process.kill();
  }

  #parts(): Part[] {
    return [this.#agent, this.#engine, this.#api, this.#gateway].filter((part) => part !== undefined);
  }

  #optionsFor(role: Role): PartOptions {
    const { host, timeline, random, ttlMs, tell, onAsked, onDisagreement, onInternalError, over } = this.#options;
    const process = this.#newProcess(role);
    const own = random.fork();
    const contact = this.#contact;
    const store = this.#storeFor(process, own);
    const told = { tell: (what: string) => tell(process.name, what), onAsked, onDisagreement };
    const gateway = (): GatewayContact | undefined => this.#gateway?.contact;
    const log: Logger = {
      ...silentLogger,
      // Only an internal error has a stack.
      error: (message, fields) => {
        if (process.alive && fields?.["stack"] !== undefined)
          onInternalError(`${process.name}: ${message}: ${String(fields["stack"])}`);
      },
    };
    return { process, store, host, timeline, random: own, ttlMs, contact, gateway, log, over, ...told };
  }

  #storeFor(process: Process, random: Random): Store {
    const { wire, link, openAgentStore } = this.#options;
    const onRenewal = (renewed: boolean): void => this.#contact.note(renewed);
    return (
      openAgentStore?.(process, random, onRenewal) ??
      wire.connect({ process, link }, { random: random.float, onRenewal })
    );
  }

  #startGateway(): GatewayPart {
    const { wire, link, random, onInternalError, onGatewayDeath } = this.#options;
    const process = this.#newProcess("gateway");
    const own = random.fork();
    const askers = new Askers();
    const writerOf = askers.writerOf.bind(askers);
    const store = wire.connect({ process, link, writerOf }, { random: own.float });
    const gateway = startGateway({ process, store, random: own, askers, onInternalError });
    process.onDeath(() => onGatewayDeath(gateway));
    return gateway;
  }

  #newProcess(role: Role): Process {
    const { host, timeline } = this.#options;
    const life = (this.#lives.get(role) ?? 0) + 1;
    this.#lives.set(role, life);
    return new Process(timeline, `${host.options.name}/${role}${life > 1 ? `.${life}` : ""}`, role, host.options);
  }
}
