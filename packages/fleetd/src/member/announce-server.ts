import { ServerDirectory } from "@flotilla/registry";
import { Backoff, logFailure, rethrowProgrammingError } from "@flotilla/runtime";
import type { Parts } from "./parts.ts";

/** The pauses between attempts, milliseconds. */
const RETRY = { first: 1_000, most: 60_000 };

/** Tells the other servers where this one answers. Retries until the store has it. */
export async function announceServer(parts: Parts, peerPort: number, signal: AbortSignal): Promise<void> {
  const { store, facts, config, clock, random, log } = parts;
  const server = { machineID: facts.id, host: config.public_ip || facts.address, peerPort };
  const backoff = new Backoff({ ...RETRY, random });
  while (!signal.aborted) {
    try {
      return await new ServerDirectory(store).announce(server, signal);
    } catch (error) {
      if (signal.aborted) return;
      rethrowProgrammingError(error);
      logFailure(log, "cannot write this server's address to the store; retrying", error);
    }
    await clock.sleep(backoff.next(), signal).catch(() => {});
  }
}
