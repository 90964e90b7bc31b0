import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { connect } from "node:tls";
import { after, before, test } from "node:test";
import { createPeerApi, MachineUnreachableError, PeerClient } from "@flotilla/api";
import { type MachineIdentity, peerName } from "@flotilla/membership";
import { createClusterIdentity, issueMachineIdentity } from "@flotilla/membership/certificates";
import { silentLogger } from "@flotilla/runtime";
import { listenForPeers, type PeerServer } from "./peer-server.ts";

const [ALPHA, BETA] = ["a".repeat(32), "b".repeat(32)];
const request = { lines: 10, follow: false, output: "short" };
const serverOf = (machineID: string) => ({ machineID, role: "server", names: [] }) as const;
const timeLimit = (): AbortSignal => AbortSignal.timeout(5_000);

let server: PeerServer;
let alpha: MachineIdentity;
let beta: MachineIdentity;

const NO_MORE = { properties: never, timers: never, sockets: never };

before(async () => {
  const cluster = await createClusterIdentity(Date.now());
  alpha = await issueMachineIdentity(cluster, serverOf(ALPHA), Date.now());
  beta = await issueMachineIdentity(cluster, serverOf(BETA), Date.now());
  const inspector = {
    ...NO_MORE,
    status: async (unit: string) => ({ code: 0, text: `status of ${unit}` }),
    journal: async (unit: string) => Readable.from([`journal of ${unit}`]),
  };
  const { handler } = await createPeerApi({ inspector, operator: { act: never }, log: silentLogger });
  server = await listenForPeers({ identity: alpha, port: 0, handler, log: silentLogger });
});
after(() => server.close());

function clientWith(tls: MachineIdentity): PeerClient {
  return new PeerClient({ tls, nameOf: peerName, timeoutMs: 2_000 });
}

test("a member gets an answer from the requested machine", async () => {
  const client = clientWith(beta);
  const peer = { machineID: ALPHA, host: "127.0.0.1", port: server.port };
  assert.deepEqual(await client.status(peer, "x.service", timeLimit()), { code: 0, text: "status of x.service" });
  assert.equal(await text(await client.journal(peer, "x.service", request, timeLimit())), "journal of x.service");
  client.close();
});

test("another member at the requested machine's address is refused", async () => {
  const client = clientWith(beta);
  const peer = { machineID: BETA, host: "127.0.0.1", port: server.port };
  await assert.rejects(client.status(peer, "x.service", timeLimit()), MachineUnreachableError);
  client.close();
});

test("a member of another cluster is refused on both sides", async () => {
  const stranger = await issueMachineIdentity(await createClusterIdentity(Date.now()), serverOf(BETA), Date.now());
  const peer = { machineID: ALPHA, host: "127.0.0.1", port: server.port };
  for (const tls of [stranger, { ...stranger, ca: alpha.ca }]) {
    const client = clientWith(tls);
    await assert.rejects(client.status(peer, "x.service", timeLimit()), MachineUnreachableError);
    client.close();
  }
});

test("the handshake fails for a client without a certificate", async () => {
  const socket = connect({ host: "127.0.0.1", port: server.port, ca: alpha.ca, servername: peerName(ALPHA) });
  const failed = Promise.withResolvers<Error>();
  socket.on("error", failed.resolve);
  socket.on("data", () => failed.reject(new Error("the server answered")));
  socket.on("secureConnect", () => socket.write("GET /peer/v1/units/x.service/status HTTP/1.1\r\nHost: x\r\n\r\n"));
  assert.match((await failed.promise).message, /certificate required|ECONNRESET/);
});

test("a peer port in use is replaced by a free port", async () => {
  const { handler } = await createPeerApi({
    inspector: { ...NO_MORE, status: never, journal: never },
    operator: { act: never },
    log: silentLogger,
  });
  const second = await listenForPeers({ identity: beta, port: server.port, handler: handler, log: silentLogger });
  assert.notEqual(second.port, server.port);
  await second.close();
});

test("a renewed certificate is used from the next connection on, on both sides", async (t) => {
  const { handler } = await createPeerApi({
    inspector: { ...NO_MORE, status: async (unit) => ({ code: 0, text: unit }), journal: never },
    operator: { act: never },
    log: silentLogger,
  });
  const renewing = await listenForPeers({ identity: alpha, port: 0, handler, log: silentLogger });
  t.after(() => renewing.close());
  const peer = { machineID: ALPHA, host: "127.0.0.1", port: renewing.port };
  const other = await createClusterIdentity(Date.now());
  renewing.renew(await issueMachineIdentity(other, serverOf(ALPHA), Date.now()));
  const client = clientWith(beta);
  t.after(() => client.close());
  await assert.rejects(client.status(peer, "x.service", timeLimit()), MachineUnreachableError);
  client.renew(await issueMachineIdentity(other, serverOf(BETA), Date.now()));
  assert.equal((await client.status(peer, "x.service", timeLimit())).text, "x.service");
});

function never(): Promise<never> {
  return Promise.reject(new Error("unexpected call"));
}
