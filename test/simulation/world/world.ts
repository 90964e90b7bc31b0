import { IDENTITY_KEY } from "@flotilla/registry";
import { type Call, MemoryStore } from "@flotilla/store/memory";
import type { Flavour } from "../clients/unit-files.ts";
import type { Random } from "../random.ts";
import type { Cause, Invariant } from "../invariants/invariant.ts";
import type { Asked } from "./bus.ts";
import { openAgentStore } from "./agent-store.ts";
import type { ServerPath } from "./agent-link.ts";
import type { OpenWatch } from "./checked-store.ts";
import { Daemon, type OpenAgentStore } from "./daemon.ts";
import type { GatewayPart } from "./gateway.ts";
import { History } from "./history.ts";
import { Host, type HostOptions } from "./host.ts";
import { type Commit, Ledger } from "./ledger.ts";
import type { Machine } from "./machine.ts";
import type { Process } from "./process.ts";
import { Reading } from "./reading.ts";
import { describe } from "./records.ts";
import { Timeline } from "./timeline.ts";
import type { Vanished } from "./vanished.ts";
import { type Condition, FINE, Transport } from "./transport.ts";
import { Wire } from "./wire.ts";

/** Makes an invariant that watches this world. */
export type MakeInvariant = (world: World) => Invariant;

export interface WorldOptions {
  readonly random: Random;
  readonly machines: readonly HostOptions[];
  readonly units: readonly string[];
  readonly flavour: Flavour;
  readonly ttlMs: number;
  readonly invariants: readonly MakeInvariant[];
}

/** The invariant that was violated, and how. */
export interface Violation {
  readonly invariant: string;
  readonly message: string;
}

/** The simulated cluster with its store and its time. */
export class World {
  readonly ttlMs: number;
  readonly timeline = new Timeline();
  readonly history = new History(() => this.timeline.now);
  readonly ledger = new Ledger(
    () => this.timeline.now,
    (commit) => this.#committed(commit),
  );
  readonly reading = new Reading(this.ledger);
  /** The names of all units that clients may create. */
  readonly units: readonly string[];
  readonly flavour: Flavour;
  readonly machines: Machine[];
  /** Whether some machines have no store of their own. */
  readonly hasAgents: boolean;
  readonly wire: Wire;
  storeCondition: Condition = FINE;
  violation: Violation | undefined;
  /** Machines that were lost at one moment, without other trouble. */
  vanished: Vanished | undefined;
  /** Watches calls to the store, to strike at the right moment. */
  onCall: ((process: Process, call: Call) => void) | undefined;
  /** Each is called for each change of the store, to strike at the right moment. */
  readonly watchers = new Set<(commit: Commit) => void>();
  /** Watches agents' requests to systemd, to strike at the right moment. */
  onAsked: ((asked: Asked, host: Host) => void) | undefined;
  /** The watches of each agent that has its store through a server. */
  readonly agentWatches = new Map<Process, ReadonlySet<OpenWatch>>();
  readonly #server: MemoryStore;
  readonly #transport: Transport;
  /** The names of the servers that agents know. */
  readonly #servers: readonly string[];
  #compacted = 0;
  readonly #random: Random;
  readonly #invariants: readonly Invariant[];
  readonly #over = new AbortController();

  constructor({ random, machines, units, flavour, ttlMs, invariants }: WorldOptions) {
    this.units = units;
    this.flavour = flavour;
    this.#random = random;
    this.ttlMs = ttlMs;
    this.hasAgents = machines.some(({ isAgent }) => isAgent);
    const { clock } = this.timeline;
    this.#server = new MemoryStore({ clock, onChange: (change) => this.ledger.note(change) });
    this.#transport = new Transport(this.timeline, random.fork());
    this.wire = new Wire({
      timeline: this.timeline,
      transport: this.#transport,
      ledger: this.ledger,
      server: this.#server,
      store: () => this.storeCondition,
      onRequest: (process, call) => this.#check((invariant) => invariant.onCall?.(process, call)),
      onCall: (process, call) => this.onCall?.(process, call),
    });
    this.#invariants = invariants.map((make) => make(this));
    this.#servers = machines.filter(({ isAgent }) => !isAgent).map(({ name }) => name);
    if (this.hasAgents) this.#writeIdentity();
    this.machines = machines.map((options) => this.#build(options));
    const agents = machines.filter(({ isAgent }) => isAgent).map(({ name }) => name);
    if (this.hasAgents) this.tell("simulator", `agents: ${agents.join(", ")}`);
    for (const machine of this.machines) this.switchOn(machine);
  }

  get closed(): boolean {
    return this.#over.signal.aborted;
  }

  close(): void {
    for (const { daemon } of this.machines) daemon?.kill();
    this.#server.close();
    this.#over.abort();
  }

  /** Lets time pass and checks the invariants. */
  async pass(ms: number): Promise<void> {
    await this.timeline.advance(ms);
    this.#check((invariant) => invariant.onStep?.());
  }

  /** Adds a line to the history. What ends because the history is over does not belong to it. */
  tell(who: string, what: string | (() => string)): void {
    if (!this.closed) this.history.add(who, what);
  }

  fail(invariant: string, message: string): void {
    if (this.violation) return;
    this.violation = { invariant, message };
    this.tell("VIOLATION", `${invariant}: ${message}`);
  }

  /** Adds a machine, which may have the machine ID of another one. */
  add(options: HostOptions): Machine {
    const machine = this.#build(options);
    this.machines.push(machine);
    this.cause({ host: options.name });
    this.switchOn(machine);
    return machine;
  }

  /** Starts what is missing: power, the daemon, or parts of it. */
  switchOn(machine: Machine): void {
    // A systemd that hangs starts nothing.
    if (machine.host.hang.isOn) return machine.host.hang.wake(() => this.switchOn(machine));
    machine.powered = true;
    if (machine.daemon?.alive && machine.daemon.ending === undefined) return machine.daemon.revive();
    const { host } = machine;
    this.killDaemon(machine);
    machine.daemon = new Daemon({
      host,
      link: () => machine.link,
      openAgentStore: host.options.isAgent ? this.#agentStoreOf(machine) : undefined,
      hasGateway: this.hasAgents,
      timeline: this.timeline,
      wire: this.wire,
      random: this.#random.fork(),
      ttlMs: this.ttlMs,
      tell: (who, what) => this.tell(who, what),
      onAsked: (asked) => {
        this.tell(asked.process.name, `asks systemd to ${asked.what} ${asked.unit}`);
        if (asked.what === "start") host.noteAskedStart(asked.unit);
        this.onAsked?.(asked, host);
        this.#check((invariant) => invariant.onAsked?.(asked));
      },
      onDisagreement: (difference) => this.fail("kept-plan", difference),
      onInternalError: (message) => this.fail("no part has internal errors", message),
      onGatewayDeath: (gateway) => this.#onGatewayDeath(machine, gateway),
      over: this.#over.signal,
    });
  }

  cutPower(machine: Machine): void {
    machine.powered = false;
    this.killDaemon(machine);
    machine.host.cutPower();
    this.cause({ host: machine.host.options.name });
  }

  /** Removes a machine for good. */
  remove(machine: Machine): void {
    machine.gone = true;
    this.cutPower(machine);
    machine.host.removeOwnUnits();
  }

  killDaemon({ daemon, host }: Machine): void {
    if (!daemon) return;
    this.noteUnsureStarts(host);
    daemon.kill();
  }

  /** Allows a repetition of each start whose outcome is unknown (docs/concepts/states.md, Launch records). */
  noteUnsureStarts({ launches, options: { name: host } }: Host): void {
    for (const [unit, { phase }] of launches.all)
      if (phase === "starting" || phase === "restarting") this.cause({ host, unit });
  }

  nameOf(machineID: string): string {
    return this.machines.find(({ host }) => host.options.machineID === machineID)?.host.options.name ?? machineID;
  }

  cause(cause: Cause): void {
    for (const invariant of this.#invariants) invariant.onCause?.(cause);
  }

  compact(): void {
    this.#compacted = this.ledger.revision;
    void this.#server.compact(this.ledger.revision);
  }

  /** The conditions of the connections between an agent and a server. */
  between(agent: Machine, server: Machine): readonly Condition[] {
    return [agent.link, server.front, agent.paths.get(server.host.options.name) ?? FINE];
  }

  #agentStoreOf(machine: Machine): OpenAgentStore {
    return (process, random, onRenewal) => {
      const store = openAgentStore({
        ...{ process, random, onRenewal, ttlMs: this.ttlMs, timeline: this.timeline, transport: this.#transport },
        servers: this.#servers.map((name) => this.#pathTo(name, machine)),
        ledger: this.ledger,
        compacted: () => this.#compacted,
        onCall: (call) => this.#check((invariant) => invariant.onCall?.(process, call)),
        onWrong: (what) => this.fail("an agent's store keeps its promises", `${process.name}: ${what}`),
      });
      this.agentWatches.set(process, store.watches);
      process.onDeath(() => this.agentWatches.delete(process));
      return store;
    };
  }

  #pathTo(name: string, agent: Machine): ServerPath {
    const server = (): Machine => this.machines.find(({ host }) => host.options.name === name) as Machine;
    return {
      name,
      conditions: () => this.between(agent, server()),
      gateway: () => (server().powered ? server().daemon?.gateway : "off"),
    };
  }

  /** A host that is up tells the agents that it can reach. */
  #onGatewayDeath(server: Machine, gateway: GatewayPart): void {
    if (!server.powered) return;
    gateway.endSessions("the daemon has ended", (owner) => {
      const agent = this.machines.find(({ daemon }) => daemon?.agent.process === owner);
      return agent === undefined || this.between(agent, server).every(({ reach }) => reach !== "silent");
    });
  }

  #writeIdentity(): void {
    void this.#server.connect().txn({ onSuccess: [{ put: IDENTITY_KEY, value: '{"origin":"simulated"}' }] });
  }

  #build(options: HostOptions): Machine {
    const onGuardStop = (unit: string): void => {
      this.tell(options.name, `the guard stops ${unit}`);
      this.cause({ host: options.name, unit });
    };
    const onOwnStart = (unit: string): void => {
      this.tell(options.name, `systemd starts ${unit} by itself`);
      this.cause({ host: options.name, unit });
    };
    const host = new Host(options, this.timeline, { onGuardStop, onOwnStart });
    host.systemd.listen((event) => {
      if (event.type === "changed") this.#check((invariant) => invariant.onUnit?.(event.name, host));
    });
    return { host, daemon: undefined, powered: true, link: FINE, front: FINE, paths: new Map() };
  }

  #committed(commit: Commit): void {
    const who = commit.writer?.name ?? "store";
    for (const { key, after } of commit.written) this.tell(who, () => `r${commit.revision} ${describe(key, after)}`);
    this.#check((invariant) => invariant.onCommit?.(commit));
    for (const watch of this.watchers) watch(commit);
  }

  /** An invariant that throws would otherwise seem to be an error of the code that it watches, which handles errors. */
  #answer(invariant: Invariant, ask: (invariant: Invariant) => string | undefined): string | undefined {
    try {
      return ask(invariant);
    } catch (error) {
      return `the invariant itself failed: ${error instanceof Error ? error.stack : String(error)}`;
    }
  }

  #check(ask: (invariant: Invariant) => string | undefined): void {
    for (const invariant of this.#invariants) {
      const wrong = this.#answer(invariant, ask);
      if (wrong !== undefined) this.fail(invariant.name, wrong);
    }
  }
}
