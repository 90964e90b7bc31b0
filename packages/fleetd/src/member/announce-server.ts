import { ServerDirectory } from "@flotilla/registry";
import { Backoff, logFailure, rethrowProgrammingError, untilAborted } from "@flotilla/runtime";
import type { Parts } from "./parts.ts";

/** The pauses between attempts, milliseconds. */
const RETRY = { first: 1_000, most: 60_000 };

export interface OwnServer {
  readonly peerPort: number;
  /** Returns the pin of the authority that signed this server's certificate. */
  readonly issuer: () => string;
  /** Calls `listener` after each change of the issuer. */
  onIssuer(listener: () => void): void;
}

/** Tells the other servers where this one answers, and under which authority. Retries until the store has it. */
export async function announceServer(parts: Parts, own: OwnServer, signal: AbortSignal): Promise<void> {
  const { store, facts, config, clock, random, log } = parts;
  const backoff = new Backoff({ ...RETRY, random });
  let changed = Promise.withResolvers<void>();
  own.onIssuer(() => changed.resolve());
  while (!signal.aborted) {
    changed = Promise.withResolvers<void>();
    const host = config.public_ip || facts.address;
    const server = { machineID: facts.id, host, peerPort: own.peerPort, issuer: own.issuer() };
    try {
      await new ServerDirectory(store).announce(server, signal);
      backoff.reset();
      await untilAborted([signal], () => changed.promise);
    } catch (error) {
      if (signal.aborted) return;
      rethrowProgrammingError(error);
      logFailure(log, "cannot write this server's address to the store; retrying", error);
      await clock.sleep(backoff.next(), signal).catch(() => {});
    }
  }
}
