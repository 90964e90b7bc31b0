import { type Clock, type Logger, withTimeLimit } from "@flotilla/runtime";
import { LINK_CLIENT_LIMITS, type LinkClientLimits } from "../client/client-limits.ts";
import type { LinkAddress } from "../client/connect.ts";
import { LinkClient, type NetworkLink } from "../client/link-client.ts";
import { type LinkRefusedError, LinkUnavailableError } from "../port/link-error.ts";
import { MemoryClientSession } from "./memory-client-session.ts";
import type { MemoryConnection } from "./memory-connection.ts";

export interface SimulatedLinkOptions {
  /** At least one. */
  readonly servers: readonly LinkAddress[];
  /**
   * Connects to a server: it takes as long as connecting takes in the simulation.
   * @throws LinkUnavailableError, LinkRefusedError
   */
  readonly connect: (server: LinkAddress, signal: AbortSignal) => Promise<MemoryConnection>;
  readonly clock: Clock;
  /** In [0, 1), for the choice of the first server and the jitter of pauses. */
  readonly random: () => number;
  readonly log: Logger;
  /** Limits other than LINK_CLIENT_LIMITS. */
  readonly limits?: Partial<LinkClientLimits>;
  /** Called each time that the servers refuse this machine. May close the link. */
  readonly onRefused?: (error: LinkRefusedError) => void;
}

/**
 * Opens a link that behaves as one over the network: it keeps a session, notices a silent server by PING, and goes over
 * to the next server with the same pauses. Only what carries the sessions is in memory.
 */
export function openSimulatedLink({ connect, limits, ...options }: SimulatedLinkOptions): NetworkLink {
  const { clock } = options;
  const all = { ...LINK_CLIENT_LIMITS, ...limits };
  return new LinkClient({
    ...options,
    limits: all,
    open: async (server, limitMs, signal) => {
      const timeout = (): Error => new LinkUnavailableError(`no session within ${limitMs} ms`);
      const connection = await withTimeLimit({ clock, ms: limitMs, timeout }, [signal], (limited) =>
        connect(server, limited),
      );
      return new MemoryClientSession(connection, clock, all);
    },
  });
}
