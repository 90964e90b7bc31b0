import type { RequestListener } from "node:http";
import type { Agent } from "@flotilla/agent";
import type { Api } from "@flotilla/api";
import type { OwnUnit } from "@flotilla/systemd/dbus";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import { createMemberAgent } from "./agent.ts";
import { createMemberApi } from "./api.ts";
import { runMemberEngine } from "./engine.ts";
import { type DaemonContext, openParts, type Parts } from "./parts.ts";
import { openPeerLink, type PeerLink } from "./peer-link.ts";

/** How long units may take to stop when the machine leaves; below fleet.service's TimeoutStopSec. */
const LEAVE_LIMIT_MS = 95_000;

/**
 * How a membership ends. `keep`: a successor goes on, units and the machine's place stay. `leave`: the
 * machine leaves the cluster, its units stop here and run elsewhere.
 */
export type Ending = "keep" | "leave";

/** The machine as a member of the cluster under one configuration: store, agent, engine and API, put together. */
export class Member {
  readonly #parts: Parts;
  readonly #onStatus: (status: string) => void;
  readonly #settled = Promise.withResolvers<void>();
  /** Ends the engine: before the agent, which may take its time to leave. */
  readonly #abdicate = new AbortController();
  readonly #over = new AbortController();
  readonly #storeReplaced = new AbortController();
  readonly #api: Promise<Api>;
  #agent: Agent | undefined;
  #peers: PeerLink | undefined;
  #waiting = "The daemon is joining the cluster.";
  #running: Promise<void> = Promise.resolve();

  private constructor(parts: Parts, onStatus: (status: string) => void) {
    this.#parts = parts;
    this.#onStatus = onStatus;
    this.#api = createMemberApi(parts, { client: () => this.#peers?.client, availability: () => this.unavailable });
    parts.metrics.showUnreadableKeys(() => parts.feed.unreadableKeys);
    parts.metrics.showAgent(() => {
      const agent = this.#agent;
      return agent && { joined: agent.status.joined, counts: agent.counts };
    });
  }

  /**
   * @param onStatus told in a sentence how the machine stands in the cluster, at each change.
   * @throws what `openParts` throws.
   */
  static async open(
    context: DaemonContext,
    config: FleetdConfig,
    onStatus: (status: string) => void,
    signal: AbortSignal,
  ): Promise<Member> {
    return new Member(await openParts(context, config, signal), onStatus);
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
    return Promise.race([this.#running, this.#parts.feed.failure]);
  }

  /** The unit that this process belongs to; undefined outside of systemd's. */
  ownUnit(signal: AbortSignal): Promise<OwnUnit | undefined> {
    return this.#parts.manager.ownUnit(process.pid, signal);
  }

  /** Has systemd stop the sockets that would start this daemon again at the next request. */
  stopTriggers(unit: OwnUnit): Promise<void> {
    return this.#parts.manager.stopTriggers(unit);
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
    await this.#peers?.close();
    await this.#parts.close();
  }

  async #run(signal: AbortSignal): Promise<void> {
    try {
      this.#peers = await openPeerLink(this.#parts, (reason) => this.#wait(reason), signal);
      const agent = createMemberAgent(this.#parts, {
        peerPort: this.#peers.port,
        onStatus: (status) => this.#tellStatus(status),
        onStoreReplaced: () => this.#storeReplaced.abort(),
      });
      this.#agent = agent;
      const engine = runMemberEngine(this.#parts, AbortSignal.any([signal, this.#abdicate.signal]));
      await Promise.all([agent.run(signal), engine]);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #wait(reason: string): void {
    this.#waiting = `The daemon cannot join the cluster yet: ${reason}`;
    this.#tellStatus(this.#waiting);
  }

  #tellStatus(status: string): void {
    this.#settled.resolve();
    this.#onStatus(status);
  }
}
