import { type Clock, type Logger, silentLogger } from "@flotilla/runtime";
import type { LinkRoutes } from "../port/link-call.ts";
import { LinkRefusedError, LinkUnavailableError } from "../port/link-error.ts";
import type { Admission } from "../server/admission.ts";
import type { RefusalObserver } from "../server/refused.ts";
import { serveCall } from "../server/serve-call.ts";
import { MemoryCall } from "./memory-call.ts";
import { MemorySession } from "./memory-session.ts";

const SLOW_READER_MS = 10_000;

export interface MemoryLinkServerOptions {
  /** For messages. */
  readonly name: string;
  readonly routes: LinkRoutes;
  readonly clock: Clock;
  readonly log?: Logger;
  readonly onRefused?: RefusalObserver | undefined;
  /** The decision on a session of a machine; by default every machine is admitted. */
  readonly admit?: (machineID: string) => Admission;
  /** How long a client may leave a line unread, milliseconds. Default 10,000. */
  readonly slowReaderMs?: number;
}

/** A server for links of the same process. It has no timer besides those of its clock. */
export class MemoryLinkServer {
  readonly #options: MemoryLinkServerOptions;
  readonly #sessions = new Set<MemorySession>();
  #stopped: string | undefined;

  constructor(options: MemoryLinkServerOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /**
   * Opens a session.
   * @throws LinkUnavailableError if the server is stopped, LinkRefusedError if it refuses the machine.
   */
  connect(machineID: string): MemorySession {
    const { name, admit = () => ({ machineID }) } = this.#options;
    if (this.#stopped !== undefined) throw new LinkUnavailableError(`server ${name} is down: ${this.#stopped}`);
    const admission = admit(machineID);
    if ("refused" in admission) throw new LinkRefusedError(name, admission.refused, admission.refusal);
    if ("unavailable" in admission) throw new LinkUnavailableError(`server ${name}: ${admission.unavailable}`);
    const session = new MemorySession(admission.machineID);
    this.#sessions.add(session);
    session.ended.addEventListener("abort", () => this.#sessions.delete(session), { once: true });
    return session;
  }

  /** Begins to handle a request. */
  call(session: MemorySession, path: string, body: string): MemoryCall {
    const { routes, clock, log = silentLogger, onRefused, slowReaderMs = SLOW_READER_MS } = this.#options;
    const call = new MemoryCall({ session, path, body, clock, slowReaderMs });
    void serveCall(call, { routes, log, onRefused });
    return call;
  }

  /** Ends the sessions of a machine. It may open new ones if `admit` allows that. */
  cut(machineID: string, reason: string): void {
    for (const session of [...this.#sessions])
      if (session.machineID === machineID) session.end(`server ${this.name} ended the session: ${reason}`);
  }

  /** Ends all sessions and accepts no new ones until `start`. */
  stop(reason: string): void {
    this.#stopped = reason;
    for (const session of [...this.#sessions]) session.end(`server ${this.name} is down: ${reason}`);
  }

  start(): void {
    this.#stopped = undefined;
  }
}
