import { randomUUID } from "node:crypto";
import type { RequestListener } from "node:http";
import { joinHandler, JoinService } from "@flotilla/membership";
import {
  type AuthorityRecord,
  type KnownServer,
  MembershipRegistry,
  ServerDirectory,
  TokenRegistry,
} from "@flotilla/registry";
import { describeServer } from "../config/server-address.ts";
import type { ServerParts } from "./parts.ts";
import { storeAccess } from "./store-access.ts";

export interface JoiningOptions {
  readonly authority: (signal: AbortSignal) => Promise<AuthorityRecord>;
}

/** Answers hosts that join through this server. */
export function answerJoins(parts: ServerParts, { authority }: JoiningOptions): RequestListener {
  const { store, certificates, config, clock, facts, audit } = parts;
  const log = parts.log.child({ part: "joins" });
  const service = new JoinService({
    machineID: facts.id,
    authority,
    tokens: new TokenRegistry(store),
    memberships: new MembershipRegistry(store),
    certificates,
    servers: async (signal) => (await new ServerDirectory(store).list(signal)).map(addressOf),
    storeAccess: config.store === "etcd" ? () => storeAccess(config) : undefined,
    newGeneration: () => randomUUID(),
    clock,
    log,
    audit,
  });
  return joinHandler(service, log);
}

function addressOf({ host, peerPort }: KnownServer): string {
  return describeServer({ host, port: peerPort });
}
