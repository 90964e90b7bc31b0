import { createServer, type Server } from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { formatToken, tokenHash } from "@flotilla/access";
import { type AuthorityRecord, type JoinTokenRecord, MembershipRegistry, TokenRegistry } from "@flotilla/registry";
import { type AuditRecord, ManualClock, type Logger, silentLogger } from "@flotilla/runtime";
import { MemoryStore } from "@flotilla/store/memory";
import { createClusterIdentity, issueMachineIdentity, signRequest } from "../certificates/certificates.ts";
import { makeSigningRequest } from "../certificates/signing-request.ts";
import type { JoiningHost } from "./join-client.ts";
import { joinHandler } from "./join-handler.ts";
import type { StoreAccess } from "./join-messages.ts";
import { JoinService } from "./join-service.ts";
import { pinOf } from "./key-hash.ts";

export const MACHINE = "a".repeat(32);
/** The machine of the server. */
export const SERVER = "b".repeat(32);
const ID = "abcdefghi0";
const SECRET = "s".repeat(43);

/** The clock of this process, by which TLS judges certificates. */
export const NOW = Date.now();

export type JoiningCluster = Awaited<ReturnType<typeof joiningCluster>>;

/** A cluster with one server that listens for hosts that want to join. */
export async function joiningCluster(
  t: TestContext,
  {
    storeAccess,
    log = silentLogger,
    now = NOW,
    authority: given,
  }: {
    readonly storeAccess?: () => Promise<StoreAccess>;
    readonly log?: Logger;
    /** The wall clock of the server. The host that joins has the clock of this process. */
    readonly now?: number;
    /** By default a new one. */
    readonly authority?: AuthorityRecord;
  } = {},
) {
  const clock = new ManualClock(now);
  const memory = new MemoryStore({ clock });
  const store = memory.connect();
  const authority = given ?? (await createClusterIdentity(now));
  const [tokens, memberships] = [new TokenRegistry(store), new MembershipRegistry(store)];
  const records: AuditRecord[] = [];
  let generation = 0;
  let signed = 0;
  const service = new JoinService({
    machineID: SERVER,
    authority: async () => authority,
    tokens,
    memberships,
    certificates: {
      sign: (cluster, machine, request, now) => {
        signed++;
        return signRequest(cluster, machine, request, now);
      },
    },
    servers: async () => ["10.0.0.1:7333"],
    storeAccess,
    newGeneration: () => `g${++generation}`,
    clock,
    log,
    audit: { record: (record) => void records.push(record) },
  });
  const port = await listen(t, authority, service, now);
  const token = formatToken({ pin: pinOf(authority.certificate), id: ID, secret: SECRET });
  return {
    clock,
    store,
    memberships,
    tokens,
    authority,
    service,
    token,
    port,
    signed: () => signed,
    records,
    usesLeft: async () => {
      const token = await tokens.read(ID);
      return token?.record.kind === "join" ? token.record.usesLeft : undefined;
    },
    addToken: (fields: Partial<JoinTokenRecord> = {}) =>
      tokens.create(ID, { ...TOKEN, createdAt: now, expiresAt: now + 3_600_000, ...fields }),
    host: (fields: Partial<JoiningHost> = {}): JoiningHost => ({
      server: { host: "127.0.0.1", port },
      token: { text: token, pin: pinOf(authority.certificate) },
      machineID: MACHINE,
      bootID: "boot",
      signing: makeSigningRequest(fields.machineID ?? MACHINE),
      ...fields,
    }),
  };
}

const TOKEN: JoinTokenRecord = {
  kind: "join",
  name: "racks",
  hash: tokenHash(SECRET),
  createdAt: NOW,
  usesLeft: 1,
  metadata: { zone: "a" },
  server: false,
};

/** Listens as a server does: clients need no certificate. Returns the port. */
async function listen(t: TestContext, authority: AuthorityRecord, service: JoinService, now: number): Promise<number> {
  const identity = await issueMachineIdentity(authority, { machineID: SERVER, role: "server", names: [] }, now);
  const tls = { ...identity, requestCert: true, rejectUnauthorized: false };
  const server: Server = createServer(tls, joinHandler(service, silentLogger));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
