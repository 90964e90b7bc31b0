import type { EntranceHandler } from "@flotilla/api";
import type { Agent } from "@flotilla/agent";
import type { UnitState } from "@flotilla/model";
import { OwnAssignments, type StoreMove } from "@flotilla/registry";
import type { OwnUnit } from "@flotilla/systemd/dbus";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import { createMemberAgent } from "./agent.ts";
import { loadRole, type MemberView } from "./load-role.ts";
import { removalOf } from "./open-access.ts";
import { type DaemonContext, openParts, type Parts } from "./parts.ts";
import { refuseAgentless } from "./refuse-agentless.ts";
import type { Role } from "./role.ts";

/** How long units may take to stop when the machine leaves; less than TimeoutStopSec= of fleet.service. */
const LEAVE_LIMIT_MS = 95_000;

const NO_STATES: ReadonlyMap<string, UnitState> = new Map();

/**
 * How a membership ends. `keep`: units and the machine's lease stay for a successor. `leave`: the machine leaves the
 * cluster, its units stop here and run elsewhere.
 */
export type Ending = "keep" | "leave";

/** The machine as a member of the cluster under one configuration: its agent, and its role for the cluster. */
export class Member {
  readonly #parts: Parts;
  readonly #onStatus: (status: string) => void;
  readonly #statusKnown = Promise.withResolvers<void>();
  /** Ends the role's work before the agent, because leaving may take long. */
  readonly #resign = new AbortController();
  readonly #stop = new AbortController();
  readonly #storeReplaced = new AbortController();
  readonly #storeMoves = new AbortController();
  #move: StoreMove | undefined;
  readonly #assignments: OwnAssignments;
  readonly #role: Role;
  #agent: Agent | undefined;
  /** Why the machine is not in the cluster; undefined once the daemon works. */
  #waiting: string | undefined = "joining the cluster";
  #running: Promise<void> = Promise.resolve();

  private constructor(parts: Parts, makeRole: (member: MemberView) => Role, onStatus: (status: string) => void) {
    const { store, facts, clock, random, log } = parts;
    this.#parts = parts;
    this.#onStatus = onStatus;
    this.#assignments = new OwnAssignments({ store, machineID: facts.id, clock, random, log });
    this.#role = makeRole({
      assignments: this.#assignments,
      states: () => this.#agent?.states ?? NO_STATES,
      availability: () => this.unavailable,
      onMove: (move) => {
        this.#move = move;
        this.#storeMoves.abort();
      },
    });
    parts.metrics.showAgent(() => {
      const agent = this.#agent;
      return agent && { joined: agent.status.joined, counts: agent.counts };
    });
  }

  /**
   * @param onStatus called at each change of the membership, with a sentence for people.
   * @throws the errors of `openParts` and `refuseAgentless`.
   */
  static async open(
    context: DaemonContext,
    config: FleetdConfig,
    onStatus: (status: string) => void,
    signal: AbortSignal,
  ): Promise<Member> {
    await refuseAgentless(context.paths.runtimeDirectory, config);
    const parts = await openParts(context, config, signal);
    return new Member(parts, await loadRole(parts), onStatus);
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

  /** Aborts when the cluster moves away from this store, or has moved: the membership must end. */
  get storeMoves(): AbortSignal {
    return this.#storeMoves.signal;
  }

  /** The move that this machine has made and that its daemon must complete; undefined if there is none. */
  get move(): StoreMove | undefined {
    return this.#move;
  }

  /** Returns the API's handler, which answers 503 with the reason while the machine is not in the cluster. */
  handler(): Promise<EntranceHandler> {
    return this.#role.handler();
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
    return Promise.race([this.#running, this.#role.failure]);
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
  endStreams(): Promise<void> {
    return this.#role.endStreams();
  }

  /** Hands leadership over, ends all parts and `run`, and closes the store and the connections. */
  async end(ending: Ending): Promise<void> {
    this.#resign.abort();
    if (ending === "leave") await this.#agent?.leave(LEAVE_LIMIT_MS);
    this.#stop.abort();
    await this.#running.catch(() => {});
    await this.endStreams();
    await this.#role.close();
    await this.#parts.close();
  }

  async #run(signal: AbortSignal): Promise<void> {
    try {
      const peerPort = await this.#role.join((reason) => this.#wait(reason), signal);
      const role = this.#role.run(AbortSignal.any([signal, this.#resign.signal]));
      await Promise.all([this.#runAgent(peerPort, signal), role]);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #runAgent(peerPort: number, signal: AbortSignal): Promise<void> {
    const { config, credentials } = this.#parts;
    const assignments = this.#assignments;
    assignments.onChange((_, replaced) => {
      if (replaced) this.#storeReplaced.abort();
    });
    const onStatus = (status: string): void => this.#tellStatus(status);
    if (!config.disable_agent) {
      const { secrets } = this.#role;
      const agent = createMemberAgent(this.#parts, { peerPort, onStatus, assignments, secrets });
      this.#agent = agent;
      credentials.serve(({ unit, name }, waits) => agent.credential(unit, name, waits));
      const running = agent.run(signal).finally(() => credentials.hold());
      this.#dismissOnceRemoved(agent);
      return running;
    }
    this.#waiting = undefined;
    onStatus("in the cluster, without an agent");
    // Nothing is assigned to this machine: the watch tells only whether the store is still the same one.
    await assignments.run(signal);
  }

  /** A machine that was removed from the cluster stops its units, as one that leaves, and stays out. */
  #dismissOnceRemoved(agent: Agent): void {
    const { access } = this.#parts;
    if (access.role === "server") return;
    const dismiss = (): void => agent.dismiss(removalOf(access) ?? "");
    if (access.removed.aborted) dismiss();
    else access.removed.addEventListener("abort", dismiss, { once: true });
  }

  #wait(reason: string): void {
    const status = `cannot join the cluster yet: ${reason}`;
    this.#waiting = status;
    this.#tellStatus(status);
  }

  #tellStatus(status: string): void {
    this.#statusKnown.resolve();
    this.#onStatus(status);
  }
}
