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

/** How long units may take to stop when the machine leaves; less than TimeoutStopSec= of fleet.service. */
const LEAVE_LIMIT_MS = 95_000;

/**
 * How a membership ends. `keep`: units and the machine's lease stay for a successor. `leave`: the machine leaves the
 * cluster, its units stop here and run elsewhere.
 */
export type Ending = "keep" | "leave";

/** The machine as a member of the cluster under one configuration: store, agent, engine and API. */
export class Member {
  readonly #parts: Parts;
  readonly #onStatus: (status: string) => void;
  readonly #statusKnown = Promise.withResolvers<void>();
  /** Ends the engine before the agent, because leaving may take long. */
  readonly #resign = new AbortController();
  readonly #stop = new AbortController();
  readonly #storeReplaced = new AbortController();
  readonly #api: Promise<Api>;
  #agent: Agent | undefined;
  #peers: PeerLink | undefined;
  #waiting = "joining the cluster";
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
   * @param onStatus called at each change of the membership, with a sentence for people.
   * @throws the errors of `openParts`.
   */
  static async open(
    context: DaemonContext,
    config: FleetdConfig,
    onStatus: (status: string) => void,
    signal: AbortSignal,
  ): Promise<Member> {
    return new Member(await openParts(context, config, signal), onStatus);
  }

  /** Resolves when the machine is in the cluster, or when the reason why it is not is known. */
  get statusKnown(): Promise<void> {
    return this.#statusKnown.promise;
  }

  /**
   * Aborts when the store was replaced or restored. The machine's certificate and its certificate authority then belong
   * to the earlier cluster.
   */
  get storeReplaced(): AbortSignal {
    return this.#storeReplaced.signal;
  }

  /** Returns the API's handler, which answers 503 with the reason while the machine is not in the cluster. */
  async handler(): Promise<RequestListener> {
    return (await this.#api).handler;
  }

  /** Why this daemon cannot serve; undefined if it can. */
  get unavailable(): string | undefined {
    const status = this.#agent?.status;
    if (!status) return this.#waiting;
    return status.joined ? undefined : status.reason;
  }

  /** Joins the cluster and works until `end`. Rejects with an error that retries cannot fix. */
  run(): Promise<void> {
    this.#running = this.#run(this.#stop.signal);
    return Promise.race([this.#running, this.#parts.feed.failure]);
  }

  /** The unit that this process belongs to; undefined if there is none. */
  ownUnit(signal: AbortSignal): Promise<OwnUnit | undefined> {
    return this.#parts.manager.ownUnit(process.pid, signal);
  }

  /** Stops the sockets whose next request would start this daemon again. */
  stopTriggers(unit: OwnUnit): Promise<void> {
    return this.#parts.manager.stopTriggers(unit);
  }

  /** Ends every stream with a reason, because a watcher would hold up the daemon's end. */
  async endStreams(): Promise<void> {
    await (await this.#api).close();
  }

  /** Hands leadership over, ends all parts and `run`, and closes the store and the connections. */
  async end(ending: Ending): Promise<void> {
    this.#resign.abort();
    if (ending === "leave") await this.#agent?.leave(LEAVE_LIMIT_MS);
    this.#stop.abort();
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
      const engine = runMemberEngine(this.#parts, AbortSignal.any([signal, this.#resign.signal]));
      await Promise.all([agent.run(signal), engine]);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #wait(reason: string): void {
    this.#waiting = `cannot join the cluster yet: ${reason}`;
    this.#tellStatus(this.#waiting);
  }

  #tellStatus(status: string): void {
    this.#statusKnown.resolve();
    this.#onStatus(status);
  }
}
