import type { Clock, Logger } from "@flotilla/runtime";
import type { PeerCertificate } from "./admission.ts";

/** A machine's refusals are logged once in this time, milliseconds. */
const QUIET_MS = 60_000;

/** Machines whose last refusal is remembered. Further machines are not logged until a minute has passed. */
const MOST_REMEMBERED = 1_000;

/** Logs refused sessions: each machine once a minute, and a bounded number of machines. */
export class RefusalLog {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #loggedAt = new Map<string, number>();

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  note(peer: PeerCertificate, reason: string): void {
    const now = this.#clock.monotonic();
    this.#forgetUntil(now - QUIET_MS);
    const machine = peer.commonName ?? `no name, from ${peer.remoteAddress}`;
    if (this.#loggedAt.has(machine) || this.#loggedAt.size >= MOST_REMEMBERED) return;
    this.#loggedAt.set(machine, now);
    this.#log.warn("refused a session of a machine", { machine, address: peer.remoteAddress, reason });
  }

  /** Entries are in the order of their times. */
  #forgetUntil(time: number): void {
    for (const [machine, at] of this.#loggedAt) {
      if (at > time) return;
      this.#loggedAt.delete(machine);
    }
  }
}
