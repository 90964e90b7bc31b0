import { Agent } from "@flotilla/agent";
import { type GatewayContact, heardSince, runEngine, type StoreContact } from "@flotilla/engine";
import {
  AssignmentRegistry,
  RunRegistry,
  ClusterFeed,
  LeaderSeat,
  MachineRegistry,
  OwnAssignments,
  AttendanceRegistry,
  MachineSettingsRegistry,
  StateRegistry,
  UnitRegistry,
} from "@flotilla/registry";
import { type Logger, messageOf } from "@flotilla/runtime";
import type { MassLossRules } from "@flotilla/schedule";
import { type Store, withGroupCommit } from "@flotilla/store";
import { FakeUnitManager } from "@flotilla/systemd/fake";
import type { Random } from "../random.ts";
import { Bus, type Asked } from "./bus.ts";
import { LentFeed } from "./lent-feed.ts";
import { type Host, STOP_LIMIT_MS } from "./host.ts";
import type { Process } from "./process.ts";
import type { Timeline } from "./timeline.ts";

export interface PartOptions {
  readonly process: Process;
  readonly store: Store;
  readonly host: Host;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly ttlMs: number;
  readonly contact: StoreContact;
  /** Of the same daemon's gateway, if the cluster has agents. */
  readonly gateway: () => GatewayContact | undefined;
  readonly tell: (what: string) => void;
  readonly onAsked: (asked: Asked) => void;
  /** Called when the engine's full check finds its kept plan wrong. */
  readonly onDisagreement: (difference: string) => void;
  /** Notices internal errors. */
  readonly log: Logger;
  /** Aborts once the history is over. */
  readonly over: AbortSignal;
}

/** A running part of a daemon. It ends with its process, or when `stop` is called. */
export interface Part {
  readonly process: Process;
  /** Ends the part cleanly. */
  stop(): Promise<void>;
}

export interface AgentPart extends Part {
  readonly agent: Agent;
}

export interface EnginePart extends Part {
  readonly leads: boolean;
}

export interface ApiPart extends Part {
  readonly store: Store;
  /** Lends the feed, which exists while it is used and a little longer. */
  readonly feed: LentFeed;
}

export function startAgent(options: PartOptions): AgentPart {
  const { process, store, host, timeline, ttlMs, tell, random, contact, log, over } = options;
  const common = { clock: process.clock, random: random.float, log };
  const machineID = host.options.machineID;
  const manager = new Bus({
    ...options,
    manager: new FakeUnitManager(host.systemd),
    hang: host.hang,
    timeline,
    lag: () => (random.chance(0.3) ? random.below(5) : 0),
  });
  const agent = new Agent({
    ...common,
    machine: host.record,
    ttlMs,
    leases: store,
    savedLease: host.savedLeaseFor(process),
    machines: new MachineRegistry(store),
    states: new StateRegistry(store, machineID),
    assignments: new OwnAssignments({ ...common, store, machineID }),
    texts: new UnitRegistry(store),
    manager,
    ping: () => manager.ping(),
    launches: host.launchRecordsFor(process),
    guard: host.guardFor(process),
    leaseTime: (id, signal) => store.leaseTime(id, signal),
    onStatus: (status) => {
      contact.note(status.joined);
      if (process.alive) tell(status.joined ? "has joined" : `is not in the cluster: ${status.reason.slice(0, 90)}`);
    },
  });
  const end = endBy(over);
  const running = ended(agent.run(end.signal), process, tell);
  return { process, agent, stop: () => stop(end, running) };
}

/** fleetd's value (docs/decisions/0006-two-leases.md). */
const LEADER_TTL_MS = 10_000;

/** fleetd's values, except that a hold ends within a history. */
export function massLossRules(ttlMs: number): MassLossRules {
  return { share: 0.5, least: 3, windowMs: ttlMs, holdMs: 60_000 };
}

/** Longer than in fleetd: a change without a nudge is noticed only at the next periodic pass, so such a bug shows. */
const PASS_INTERVAL_MS = 7_000;

/**
 * The time that the guard needs (docs/concepts/exclusive.md), without a margin because hosts are never busy here, plus
 * a twentieth of the total for clocks.
 */
function exclusiveMs(ttlMs: number): number {
  const guardMs = STOP_LIMIT_MS + 2_000;
  return guardMs + (ttlMs + guardMs) / 20;
}

export function startEngine(options: PartOptions): EnginePart {
  const { process, store, host, random, ttlMs, contact, gateway, tell, onDisagreement, log, over } = options;
  const common = { clock: process.clock, random: random.float, log };
  const end = endBy(over);
  const state = { leads: false };
  const engine = runEngine(
    {
      ...common,
      seat: new LeaderSeat(store),
      assignments: new AssignmentRegistry(store, () => process.clock.wall()),
      runs: new RunRegistry(store),
      feeds: { claim: () => runFeed(new ClusterFeed({ ...common, store }), over) },
      machineID: host.options.machineID,
      grantLease: (ms, signal) => store.grant(ms, signal),
      ttlMs: Math.min(LEADER_TTL_MS, ttlMs),
      interval: PASS_INTERVAL_MS,
      settings: new MachineSettingsRegistry(store),
      massLoss: { registry: new AttendanceRegistry(store), rules: massLossRules(ttlMs) },
      heardSince: () => heardSince(contact, gateway()),
      exclusiveMs: exclusiveMs(ttlMs),
      machineTtlMs: ttlMs,
      observer: {
        onDisagreement,
        onLead: (leads) => {
          state.leads = leads;
          if (process.alive) tell(leads ? "leads" : "no longer leads");
        },
      },
    },
    end.signal,
  );
  const running = ended(engine, process, tell);
  return {
    process,
    get leads() {
      return state.leads;
    },
    stop: () => stop(end, running),
  };
}

export function startApi({ process, store, random, log, over }: PartOptions): ApiPart {
  const common = { clock: process.clock, random: random.float, log };
  const feed = new LentFeed({ ...common, store });
  over.addEventListener("abort", () => feed.close(), { once: true });
  return { process, store: withGroupCommit(store), feed, stop: async () => feed.close() };
}

function runFeed(feed: ClusterFeed, over: AbortSignal) {
  const stop = endBy(over);
  void feed.run(stop.signal);
  return { feed, release: () => stop.abort() };
}

/**
 * Returns a controller that ends a part, and aborts also at the end of the history. Node keeps a composite signal with
 * listeners in memory until the signal aborts. The signals of dead processes would never abort, and each history would
 * leave 1 MB in memory.
 */
function endBy(over: AbortSignal): AbortController {
  const end = new AbortController();
  over.addEventListener("abort", () => end.abort(), { once: true });
  return end;
}

/**
 * Waits for a part's end. In fleetd, a part that fails ends the daemon, so no part may fail while its process lives.
 */
async function ended(running: Promise<void>, process: Process, tell: (what: string) => void): Promise<void> {
  try {
    await running;
  } catch (error) {
    if (process.alive) tell(`FAILED: ${messageOf(error)}`);
  }
}

async function stop(end: AbortController, running: Promise<void>): Promise<void> {
  end.abort(new Error("the simulated daemon was told to stop"));
  await running;
}
