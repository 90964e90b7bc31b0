import type { Clock, Logger } from "@flotilla/runtime";
import type { LinkRefusedError } from "../port/link-error.ts";
import { LINK_CLIENT_LIMITS, type LinkClientLimits } from "./client-limits.ts";
import type { LinkAddress, LinkTls } from "./connect.ts";
import { LinkClient, type NetworkLink } from "./link-client.ts";
import { openSession } from "./open-session.ts";

export interface OpenLinkOptions {
  /** At least one. */
  readonly servers: readonly LinkAddress[];
  /** Called for each new session, so that certificates may change. */
  readonly tls: () => LinkTls;
  readonly clock: Clock;
  /** In [0, 1), for the choice of the first server and the jitter of pauses. */
  readonly random: () => number;
  readonly log: Logger;
  /** Limits other than LINK_CLIENT_LIMITS. */
  readonly limits?: Partial<LinkClientLimits>;
  /** Called each time that the servers refuse this machine. May close the link. */
  readonly onRefused?: (error: LinkRefusedError) => void;
  /** Called when a server asks this machine to check its certificate. */
  readonly onNudge?: () => void;
}

/** Opens a link over the network. The first session is opened at once; requests wait for it. */
export function openLink({ tls, limits, onNudge, ...options }: OpenLinkOptions): NetworkLink {
  const all = { ...LINK_CLIENT_LIMITS, ...limits };
  return new LinkClient({
    ...options,
    limits: all,
    open: (server, limitMs, signal) =>
      openSession(server, { tls, clock: options.clock, limits: all, onNudge }, limitMs, signal),
  });
}
