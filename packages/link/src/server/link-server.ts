import type { X509Certificate } from "node:crypto";
import type { ServerHttp2Session } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Clock, Logger } from "@flotilla/runtime";
import type { LinkRoutes } from "../port/link-call.ts";
import { LinkAnswerError } from "../port/link-error.ts";
import type { Admission, Admit, PeerCertificate } from "./admission.ts";
import { Connection } from "./connection.ts";
import { LINK_LIMITS, type LinkLimits } from "./limits.ts";
import { MemoryBudget } from "./memory-budget.ts";
import { peerCertificateOf } from "./peer-certificate.ts";
import type { RefusalObserver } from "./refused.ts";
import { RefusedSessions } from "./refused-sessions.ts";
import { ServerSession } from "./server-session.ts";
import { SessionTable } from "./session-table.ts";

/** How often times are checked, milliseconds. */
const CHECK_MS = 1_000;

export interface LinkServerOptions {
  readonly routes: LinkRoutes;
  /** Decides on each new session. */
  readonly admit: Admit;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onRefused?: RefusalObserver;
  /** Limits other than LINK_LIMITS. */
  readonly limits?: Partial<LinkLimits>;
}

/** The server's side of the links of all agents. */
export class LinkServer {
  readonly #options: LinkServerOptions;
  readonly #limits: LinkLimits;
  readonly #budget: MemoryBudget;
  readonly #sessions = new SessionTable();
  readonly #refused: RefusedSessions;
  #isClosed = false;
  /** Undefined without sessions. */
  #cancelCheck: (() => void) | undefined;

  constructor(options: LinkServerOptions) {
    const { clock, limits } = options;
    this.#options = options;
    this.#limits = { ...LINK_LIMITS, ...limits };
    this.#budget = new MemoryBudget(this.#limits.allHeldBytes);
    this.#refused = new RefusedSessions(this.#limits, clock);
  }

  /** The number of admitted sessions. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The machines with a session. */
  machines(): readonly string[] {
    return this.#sessions.machines();
  }

  /**
   * Takes a new HTTP/2 session over TLS. Call in the turn of the event loop in which the session is created. The TLS
   * server must ask for a certificate (`LINK_TLS`).
   */
  accept(session: ServerHttp2Session): void {
    const connection = new Connection(session, this.#options.clock);
    const peer = peerCertificateOf(session.socket as TLSSocket);
    const admission = this.#decide(peer);
    if ("machineID" in admission) this.#admit(connection, peer, admission.machineID);
    else if ("refused" in admission) {
      this.#tellRefused(peer, admission.refused);
      this.#refused.add(connection, LinkAnswerError.because(403, admission.refused, admission.refusal));
    } else this.#refused.add(connection, LinkAnswerError.because(503, admission.unavailable));
  }

  /** Ends the sessions of a machine at once, with their requests. The agent learns the reason. */
  cut(machineID: string, reason: string): void {
    const sessions = this.#sessions.of(machineID);
    if (sessions.length === 0) return;
    this.#options.log.info("ended the sessions of a machine", {
      machine: machineID,
      sessions: sessions.length,
      reason,
    });
    for (const session of sessions) session.end(reason);
  }

  /** Asks a machine to check its certificate: the cluster may have another authority. */
  nudge(machineID: string): void {
    for (const session of this.#sessions.of(machineID)) session.connection.nudge();
  }

  /** Ends the sessions that began with a certificate that is not accepted any more. */
  cutOthers(isAccepted: (certificate: X509Certificate) => boolean, reason: string): void {
    for (const session of this.#sessions.all()) {
      const { machineID, connection } = session;
      const { certificate } = connection;
      if (!certificate || isAccepted(certificate)) continue;
      this.#options.log.info("ended a session", { machine: machineID, reason });
      session.end(reason);
    }
  }

  /** Takes no further sessions and requests, waits a moment for answers in progress, and ends all sessions. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { clock } = this.#options;
    const reason = "the server is stopping";
    for (const session of this.#sessions.all()) session.drain(reason);
    const until = clock.monotonic() + this.#limits.drainMs;
    while (clock.monotonic() < until && this.#sessions.all().some(({ isBusy }) => isBusy)) await clock.sleep(20);
    for (const session of this.#sessions.all()) session.end(reason);
    this.#refused.close();
  }

  #decide(peer: PeerCertificate): Admission {
    if (this.#isClosed) return { unavailable: "the server is stopping" };
    if (this.#sessions.size >= this.#limits.sessions)
      return { unavailable: `this server has ${this.#limits.sessions} sessions, the maximum` };
    return this.#options.admit(peer);
  }

  #tellRefused({ commonName: machineID, authorized: isProven, remoteAddress }: PeerCertificate, reason: string): void {
    this.#options.onRefused?.({ machineID, isProven, remoteAddress, path: undefined, reason });
  }

  #admit(connection: Connection, { remoteAddress, validTo }: PeerCertificate, machineID: string): void {
    const { routes, clock, log, onRefused } = this.#options;
    const session: ServerSession = new ServerSession({
      ...{ connection, machineID, remoteAddress, validTo, routes, log, onRefused },
      limits: this.#limits,
      budget: this.#budget,
      now: () => clock.monotonic(),
      onEnd: () => this.#remove(session),
    });
    this.#sessions.add(session);
    this.#cancelCheck ??= this.#checkLater();
    const most = this.#limits.machineSessions;
    for (const oldest of this.#sessions.of(machineID).slice(0, -most))
      oldest.end(`the machine opened more than ${most} sessions`);
  }

  #remove(session: ServerSession): void {
    this.#sessions.delete(session);
    if (this.#sessions.size > 0) return;
    this.#cancelCheck?.();
    this.#cancelCheck = undefined;
  }

  #checkLater(): () => void {
    return this.#options.clock.after(CHECK_MS, () => this.#check());
  }

  #check(): void {
    const { clock } = this.#options;
    const [now, wall] = [clock.monotonic(), clock.wall()];
    this.#cancelCheck = this.#checkLater();
    for (const session of this.#sessions.all()) session.check(now, wall);
  }
}
