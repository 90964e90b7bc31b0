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
import { describeServer, logFailure, type Logger } from "@flotilla/runtime";
import { SecretRefusedError, type SecretVault } from "@flotilla/secrets";
import type { ServerParts } from "./parts.ts";
import { storeAccess } from "./store-access.ts";

export interface JoiningOptions {
  readonly authority: (signal: AbortSignal) => Promise<AuthorityRecord>;
  readonly vault: Pick<SecretVault, "keyForServer">;
}

/** Answers hosts that join through this server. */
export function answerJoins(parts: ServerParts, { authority, vault }: JoiningOptions): RequestListener {
  const { store, certificates, config, clock, facts, audit } = parts;
  const log = parts.log.child({ part: "joins" });
  const service = new JoinService({
    machineID: facts.id,
    authority,
    tokens: new TokenRegistry(store),
    memberships: new MembershipRegistry(store),
    certificates,
    servers: async (signal) => (await new ServerDirectory(store).list(signal)).map(addressOf),
    storeAccess:
      config.store === "etcd" ? async (signal) => storeAccess(config, await secretsKey(vault, log, signal)) : undefined,
    newGeneration: () => randomUUID(),
    clock,
    log,
    audit,
  });
  return joinHandler(service, log);
}

/** A server without a usable key still admits servers: they read secrets once the key was copied to them. */
async function secretsKey(
  vault: JoiningOptions["vault"],
  log: Logger,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const key = await vault.keyForServer(signal);
    if (key === undefined) log.warn("a server joins without the key of secrets, which this server does not have");
    return key;
  } catch (error) {
    if (!(error instanceof SecretRefusedError)) throw error;
    logFailure(log, "a server joins without the key of secrets", error);
    return undefined;
  }
}

function addressOf({ host, peerPort }: KnownServer): string {
  return describeServer({ host, port: peerPort });
}
