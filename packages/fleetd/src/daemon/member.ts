import type { RequestListener } from "node:http";
import { join } from "node:path";
import { Agent, type AgentOptions, FileGuard, FileLaunchRecords, FileSavedLease } from "@flotilla/agent";
import { type Api, createApi, createPeerApi, PeerClient } from "@flotilla/api";
import { runEngine } from "@flotilla/engine";
import type { MachineRecord } from "@flotilla/model";
import {
  AssignmentRegistry,
  IdentityRegistry,
  LeaderSeat,
  MachineRegistry,
  MachineSettingsRegistry,
  RollRegistry,
  OwnAssignments,
  StateRegistry,
  UnitRegistry,
} from "@flotilla/registry";
import { withGroupCommit } from "@flotilla/store";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import { peerName } from "../peer/identity.ts";
import { listenForPeers, type PeerServer } from "../peer/peer-server.ts";
import { SavedIdentity } from "../peer/saved-identity.ts";
import { VERSION } from "../version.ts";
import { obtainIdentity } from "./cluster-identity.ts";
import type { Ending } from "./ending.ts";
import { ClusterPeers } from "./cluster-peers.ts";
import { ClusterInspector, localInspector } from "./inspector.ts";
import { ClusterOperator, localOperator } from "./operator.ts";
import { type DaemonContext, openParts, type Parts } from "./parts.ts";

/** How long units may take to stop when the machine leaves; below fleet.service's TimeoutStopSec. */
const LEAVE_LIMIT_MS = 95_000;

/** How long another daemon may take to answer before its machine counts as unreachable. */
const PEER_TIMEOUT_MS = 2_000;

/** The leader's lease; docs/decisions/0006-two-leases.md. */
const LEADER_TTL_MS = 10_000;

/** Where drop-ins go that are gone after a reboot (systemd.unit(5)). */
const SYSTEMD_RUNTIME = "/run/systemd/system";

/** For the guard to notice, to ask systemd, and for processes to end that are killed. */
const GUARD_MARGIN_MS = 5_000;

/** The machine as a member of the cluster under one configuration: store, agent, engine and API, put together. */
export class Member {
  readonly #context: DaemonContext;
  readonly #config: FleetdConfig;
  readonly #parts: Parts;
  readonly #onStatus: (status: string) => void;
  readonly #settled = Promise.withResolvers<void>();
  /** Ends the engine: before the agent, which may take its time to leave. */
  readonly #abdicate = new AbortController();
  readonly #over = new AbortController();
  readonly #storeReplaced = new AbortController();
  readonly #api: Promise<Api>;
  #agent: Agent | undefined;
  #peers: PeerClient | undefined;
  #peerServer: PeerServer | undefined;
  #waiting = "The daemon is joining the cluster.";
  #running: Promise<void> = Promise.resolve();

  private constructor(context: DaemonContext, config: FleetdConfig, parts: Parts, onStatus: (status: string) => void) {
    this.#context = context;
    this.#config = config;
    this.#parts = parts;
    this.#onStatus = onStatus;
    this.#api = this.#createApi();
    context.metrics.showAgent(() => {
      const agent = this.#agent;
      return agent && { joined: agent.status.joined, counts: agent.counts };
    });
  }

  /**
   * @param onStatus told in a sentence how the machine stands in the cluster, at each change.
   * @throws what `openParts` throws.
   */
  static async open(context: DaemonContext, config: FleetdConfig, onStatus: (status: string) => void): Promise<Member> {
    return new Member(context, config, await openParts(context, config), onStatus);
  }

  /** Resolves once the machine is in the cluster, or it is known why it cannot be yet. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /**
   * Aborts when another store, or an older state of it, has come in this one's place. The certificate
   * that other machines know this one by is of the cluster that was, and so is what they are checked against.
   */
  get storeReplaced(): AbortSignal {
    return this.#storeReplaced.signal;
  }

  /** Answers requests, with 503 and the reason while the machine is not in the cluster. */
  async handler(): Promise<RequestListener> {
    return (await this.#api).handler;
  }

  /** Why this daemon cannot serve now; undefined when it can. */
  get unavailable(): string | undefined {
    const status = this.#agent?.status;
    if (!status) return this.#waiting;
    return status.joined ? undefined : status.reason;
  }

  /** Joins the cluster and works until `end`. Rejects when something fails that no trying again can mend. */
  run(): Promise<void> {
    this.#running = this.#run(this.#over.signal);
    return this.#running;
  }

  /** Type of systemd's pending job on the unit that this process belongs to. */
  pendingJobType(signal: AbortSignal): Promise<string | undefined> {
    return this.#parts.manager.pendingJobType(process.pid, signal);
  }

  /** Ends every stream, saying why: nothing waits for a watcher. */
  async endStreams(): Promise<void> {
    await (await this.#api).close();
  }

  /** Hands leadership over, ends the parts, and closes what they used. Ends `run`. */
  async end(ending: Ending): Promise<void> {
    this.#abdicate.abort();
    if (ending === "leave") await this.#agent?.leave(LEAVE_LIMIT_MS);
    this.#over.abort();
    await this.#running.catch(() => {});
    await this.endStreams();
    await this.#peerServer?.close();
    this.#peers?.close();
    await this.#parts.close();
  }

  async #run(signal: AbortSignal): Promise<void> {
    try {
      const peerPort = await this.#listenForPeers(signal);
      const agent = this.#createAgent(peerPort);
      this.#agent = agent;
      await Promise.all([agent.run(signal), this.#runEngine(AbortSignal.any([signal, this.#abdicate.signal]))]);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #listenForPeers(signal: AbortSignal): Promise<number> {
    const { clock, random, log, facts, user, paths, certificates } = this.#context;
    const registry = new IdentityRegistry(this.#parts.store);
    const onWaiting = (reason: string): void => {
      this.#waiting = `The daemon cannot join the cluster yet: ${reason}`;
      this.#tellStatus(this.#waiting);
    };
    const saved = new SavedIdentity(join(paths.runtimeDirectory, "identity"));
    const places = { registry, machineID: facts.id, certificates, saved };
    const tls = await obtainIdentity({ ...places, clock, random, log, onWaiting }, signal);
    const peerLog = log.child({ part: "peers" });
    const operator = localOperator(this.#parts.manager, clock);
    const { handler } = await createPeerApi({ inspector: localInspector(user), operator, log: peerLog });
    this.#peers = new PeerClient({ tls, nameOf: peerName, timeoutMs: PEER_TIMEOUT_MS });
    this.#peerServer = await listenForPeers(tls, this.#config.peer_port, handler, peerLog);
    return this.#peerServer.port;
  }

  #createAgent(peerPort: number): Agent {
    const { clock, random, paths, facts } = this.#context;
    const { store, manager } = this.#parts;
    const log = this.#context.log.child({ part: "agent" });
    const assignments = new OwnAssignments({ store, machineID: facts.id, clock, random, log });
    assignments.onChange((_, replaced) => {
      if (replaced) this.#storeReplaced.abort();
    });
    return new Agent({
      machine: this.#machineRecord(peerPort),
      ttlMs: this.#config.agent_ttl,
      leases: store,
      // Outlives a reboot, unlike the launch records: a machine that is back within its TTL goes on at once.
      savedLease: new FileSavedLease(join(paths.stateDirectory, "lease")),
      machines: new MachineRegistry(store),
      states: new StateRegistry(store, facts.id),
      assignments,
      texts: new UnitRegistry(store),
      manager,
      ping: (signal) => manager.ping(signal),
      onStatus: (status) => {
        if (status.joined || !status.unfit) this.#parts.contact.note(status.joined);
        this.#tellStatus(status.joined ? "In the cluster." : status.reason);
      },
      ...this.#guard(),
      launches: new FileLaunchRecords(join(paths.runtimeDirectory, "launched"), log),
      clock,
      random,
      log,
    });
  }

  async #runEngine(signal: AbortSignal): Promise<void> {
    if (this.#config.disable_engine) return;
    const { clock, random, facts } = this.#context;
    const { store, feed, contact } = this.#parts;
    await runEngine(
      {
        machineID: facts.id,
        seat: new LeaderSeat(store),
        assignments: new AssignmentRegistry(store),
        massLoss: {
          rolls: new RollRegistry(store),
          rules: {
            share: this.#config.mass_loss_share,
            least: this.#config.mass_loss_least,
            windowMs: this.#config.agent_ttl,
            holdMs: this.#config.mass_loss_hold,
          },
        },
        heardSince: () => contact.heardSince,
        feeds: feed,
        grantLease: (ttlMs, grantSignal) => store.grant(ttlMs, grantSignal),
        ttlMs: Math.min(LEADER_TTL_MS, this.#config.agent_ttl),
        interval: this.#config.engine_reconcile_interval,
        exclusiveMs: exclusiveMs(this.#config),
        clock,
        random,
        log: this.#context.log.child({ part: "engine" }),
        ...this.#context.metrics.engine,
      },
      signal,
    );
  }

  /** A user's own systemd has no guard: its host's does not outlive the user's session. */
  #guard(): Pick<AgentOptions, "guard" | "leaseTime"> {
    const { paths, user } = this.#context;
    if (user) return {};
    const { store } = this.#parts;
    return {
      guard: new FileGuard(
        join(paths.runtimeDirectory, "exclusive"),
        SYSTEMD_RUNTIME,
        this.#config.exclusive_stop_limit,
      ),
      leaseTime: (id, signal) => store.leaseTime(id, signal),
    };
  }

  #createApi(): Promise<Api> {
    const { facts, user, clock, log, metrics } = this.#context;
    const { store, feed, manager } = this.#parts;
    const machineID = facts.id;
    const peers = new ClusterPeers({ feed, client: () => this.#peers });
    return createApi({
      // A client that starts many units has many requests open.
      units: new UnitRegistry(withGroupCommit(store)),
      settings: new MachineSettingsRegistry(store),
      rolls: new RollRegistry(store),
      cluster: feed,
      inspector: new ClusterInspector({ machineID, local: localInspector(user), peers }),
      operator: new ClusterOperator({ machineID, local: localOperator(manager, clock), peers }),
      explain: (snapshot, unit) => feed.explain(snapshot, unit),
      machineID,
      version: VERSION,
      tokenLimit: this.#config.token_limit,
      availability: () => this.unavailable,
      metrics: () => metrics.text(),
      onRequest: metrics.request,
      clock,
      log: log.child({ part: "api" }),
    });
  }

  #tellStatus(status: string): void {
    this.#settled.resolve();
    this.#onStatus(status);
  }

  #machineRecord(peerPort: number): MachineRecord {
    const { facts } = this.#context;
    const { address, ...rest } = facts;
    const { public_ip: publicIP, metadata } = this.#config;
    return { ...rest, primaryIP: publicIP || address, metadata, version: VERSION, peerPort };
  }
}

/**
 * How long after the end of its lease nothing exclusive is active on a machine: what the guard gives units to stop,
 * a margin, and a twentieth of the TTL for clocks that run at different rates (docs/exclusive.md).
 */
function exclusiveMs({ exclusive_stop_limit, agent_ttl }: FleetdConfig): number {
  return exclusive_stop_limit + GUARD_MARGIN_MS + agent_ttl / 20;
}
