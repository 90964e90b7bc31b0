import { randomUUID } from "node:crypto";
import type { RequestListener } from "node:http";
import { joinHandler, JoinService } from "@flotilla/membership";
import { type AuthorityRecord, MembershipRegistry, TokenRegistry } from "@flotilla/registry";
import type { ServerParts } from "./parts.ts";
import type { SharedFeed } from "./shared-feed.ts";
import { storeAccess } from "./store-access.ts";

export interface JoiningOptions {
  readonly authority: (signal: AbortSignal) => Promise<AuthorityRecord>;
  readonly feed: SharedFeed;
  /** Whether a machine is an agent. */
  readonly isAgent: (machineID: string) => boolean;
}

/** Answers hosts that join through this server. */
export function answerJoins(parts: ServerParts, { authority, feed, isAgent }: JoiningOptions): RequestListener {
  const { store, certificates, config, clock } = parts;
  const log = parts.log.child({ part: "joins" });
  const service = new JoinService({
    authority,
    tokens: new TokenRegistry(store),
    memberships: new MembershipRegistry(store),
    certificates,
    servers: (signal) => serversIn(feed, isAgent, signal),
    storeAccess: config.store === "etcd" ? () => storeAccess(config) : undefined,
    newGeneration: () => randomUUID(),
    clock,
    log,
  });
  return joinHandler(service, log);
}

/** Every machine that is present and no agent is a server. */
function serversIn(
  feed: SharedFeed,
  isAgent: (machineID: string) => boolean,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return feed.with(async (cluster) => {
    const { machines } = await cluster.latest(signal);
    const servers = [...machines.values()].filter(({ id }) => !isAgent(id));
    return servers.map(({ primaryIP, peerPort }) =>
      primaryIP.includes(":") ? `[${primaryIP}]:${peerPort}` : `${primaryIP}:${peerPort}`,
    );
  });
}
