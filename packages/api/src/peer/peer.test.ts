import "reflect-metadata";
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { before, test, type TestContext } from "node:test";
import { connect as connectTls } from "node:tls";
import * as x509 from "@peculiar/x509";
import { type Logger, silentLogger } from "@flotilla/runtime";
import { MACHINE_A, MACHINE_B, until } from "../server/api.fixture.ts";
import { createPeerApi, type LocalInspector, type LocalOperator } from "./peer-api.ts";
import { type PeerAddress, PeerClient } from "./peer-client.ts";

interface Identity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const nameOf = (machineID: string): string => `${machineID}.flotilla`;

let issue: (machineID: string) => Promise<Identity>;
let stranger: Identity;

before(async () => {
  issue = await authority();
  stranger = await (await authority())(MACHINE_B);
});

/** Makes a cluster's certificate authority; returns a function that issues certificates to machines. */
async function authority(): Promise<(machineID: string) => Promise<Identity>> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=test",
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  return async (machineID) => {
    const own = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const cert = await x509.X509CertificateGenerator.create({
      subject: `CN=${machineID}`,
      issuer: ca.subject,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: nameOf(machineID) }])],
    });
    const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", own.privateKey), "PRIVATE KEY");
    return { ca: ca.toString("pem"), cert: cert.toString("pem"), key };
  };
}

async function peerOf(
  t: TestContext,
  inspector: LocalInspector,
  operator = echo,
  log: Logger = silentLogger,
): Promise<PeerAddress> {
  const { handler } = await createPeerApi({ inspector, operator, log });
  const server = createServer(
    { ...(await issue(MACHINE_A)), requestCert: true, rejectUnauthorized: true },
    handler,
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { machineID: MACHINE_A, host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

function clientOf(t: TestContext, tls: Identity, timeoutMs = 2_000): PeerClient {
  const client = new PeerClient({ tls, nameOf, timeoutMs });
  t.after(() => client.close());
  return client;
}

const inspector: LocalInspector = {
  properties: async (unit, names) => ({ ok: true, message: "", properties: [{ name: unit, value: names.join(" ") }] }),
  timers: async () => [{ unit: "a.timer", activates: "a.service", next: 1_000 }],
  sockets: async () => [{ unit: "a.socket", activates: ["a.service"], listens: [{ type: "Stream", address: "/a" }] }],
  status: async (unit) => ({ code: 3, text: `${unit} is dead\n` }),
  journal: async (unit, { lines, follow, output, cursor }) =>
    Readable.from([`${unit} ${lines} ${follow} ${output}${cursor === undefined ? "" : ` ${cursor}`}\n`]),
};
const echo: LocalOperator = {
  act: async (unit, action) => ({ ok: true, message: `${unit} ${JSON.stringify(action)}` }),
};
const request = { lines: 7, follow: false, output: "cat" };
const signal = AbortSignal.timeout(20_000);

test("reads status and journal of another machine's unit", async (t) => {
  const peer = await peerOf(t, inspector);
  const client = clientOf(t, await issue(MACHINE_B));
  assert.deepEqual(await client.status(peer, "web@1.service", signal), { code: 3, text: "web@1.service is dead\n" });
  assert.equal(
    await textOf(await client.journal(peer, "web@1.service", request, signal)),
    "web@1.service 7 false cat\n",
  );
  assert.equal(
    await textOf(await client.journal(peer, "a.service", { ...request, cursor: "s=0a;i=1f" }, signal)),
    "a.service 7 false cat s=0a;i=1f\n",
  );
});

test("acts on another machine's unit and returns the result", async (t) => {
  const peer = await peerOf(t, inspector);
  const client = clientOf(t, await issue(MACHINE_B));
  const kill = { kind: "kill", signal: 1, whom: "all" } as const;
  assert.deepEqual(await client.act(peer, "web@1.service", kill, signal), {
    ok: true,
    message: 'web@1.service {"kind":"kill","signal":1,"whom":"all"}',
  });
});

test("a restart has a longer time limit than other requests; a signal has the usual one", async (t) => {
  const done = Promise.withResolvers<{ readonly ok: true; readonly message: string }>();
  const peer = await peerOf(t, inspector, { act: () => done.promise });
  const client = clientOf(t, await issue(MACHINE_B), 200);
  const restart = client.act(peer, "a.service", { kind: "restart" }, signal);
  await assert.rejects(client.act(peer, "a.service", { kind: "reset-failed" }, signal), /no answer within 0\.2 s/);
  done.resolve({ ok: true, message: "restarted" });
  assert.deepEqual(await restart, { ok: true, message: "restarted" });
});

test("a followed journal begins before the unit logs, and ends on its machine when the reader leaves", async (t) => {
  const journal = new PassThrough();
  const peer = await peerOf(t, { ...inspector, journal: async () => journal });
  const client = clientOf(t, await issue(MACHINE_B));
  const stop = new AbortController();
  const stream = await client.journal(peer, "a.service", { ...request, follow: true }, stop.signal);
  journal.write("hello\n");
  assert.equal(String((await once(stream, "data"))[0]), "hello\n");
  stream.on("error", () => {});
  stop.abort(new Error("enough"));
  await until(() => journal.destroyed);
});

test("a failed journal stream is logged on its machine", async (t) => {
  const journal = new PassThrough();
  const told: unknown[] = [];
  const log = { ...silentLogger, warn: (message: string) => void told.push(message) };
  const peer = await peerOf(t, { ...inspector, journal: async () => journal }, echo, log);
  const client = clientOf(t, await issue(MACHINE_B));
  const stream = await client.journal(peer, "a.service", { ...request, follow: true }, signal);
  stream.on("error", () => {});
  journal.destroy(Object.assign(new Error("no watches are left"), { code: "systemd-reader" }));
  await until(() => stream.destroyed);
  assert.deepEqual(told, ["a journal stream to another daemon failed"]);
});

test("a followed journal ends on its machine when the reading daemon is killed", async (t) => {
  const journal = new PassThrough();
  const peer = await peerOf(t, { ...inspector, journal: async () => journal });
  const wire = connect(peer.port, peer.host);
  const tls = connectTls({ ...(await issue(MACHINE_B)), socket: wire, servername: nameOf(MACHINE_A) });
  tls.on("error", () => {});
  await once(tls, "secureConnect");
  tls.write("GET /peer/v1/units/a.service/journal?lines=1&follow=true&output=cat HTTP/1.1\r\nHost: x\r\n\r\n");
  await once(tls, "data");
  wire.end();
  await until(() => journal.destroyed);
});

test("a client of another cluster is refused, and another machine at the address is refused", async (t) => {
  const peer = await peerOf(t, inspector);
  await assert.rejects(clientOf(t, stranger).status(peer, "a.service", signal), { code: "machine-unreachable" });
  const { ca } = await issue(MACHINE_B);
  await assert.rejects(clientOf(t, { ...stranger, ca }).status(peer, "a.service", signal), {
    code: "machine-unreachable",
  });
  const other = { ...peer, machineID: MACHINE_B };
  await assert.rejects(clientOf(t, await issue(MACHINE_B)).status(other, "a.service", signal), (error) => {
    assert.match((error as Error).message, new RegExp(`cannot reach machine ${MACHINE_B} at `));
    return true;
  });
});

test("an absent, silent or failing peer is unreachable, with the reason", async (t) => {
  const client = clientOf(t, await issue(MACHINE_B), 200);
  const rows: readonly (readonly [PeerAddress, RegExp])[] = [
    [{ machineID: MACHINE_A, host: "127.0.0.1", port: 1 }, /ECONNREFUSED/],
    [await peerOf(t, { ...inspector, status: () => new Promise(() => {}) }), /no answer within 0\.2 s/],
    [
      await peerOf(t, { ...inspector, status: () => Promise.reject(new Error("systemctl is not there")) }),
      /cannot get an answer from machine/,
    ],
  ];
  for (const [peer, reason] of rows) {
    await assert.rejects(client.status(peer, "a.service", signal), (error) => {
      assert.equal((error as { code?: string }).code, "machine-unreachable");
      assert.match((error as Error).message, reason);
      return true;
    });
  }
});

test("an answer of a machine that was taken over has a bounded size", async (t) => {
  const text = "x".repeat(9 * 1024 * 1024);
  const peer = await peerOf(t, { ...inspector, status: async () => ({ code: 0, text }) });
  const client = clientOf(t, await issue(MACHINE_B));
  await assert.rejects(client.status(peer, "a.service", signal), {
    code: "machine-unreachable",
    message: /the answer is longer than 8388608 bytes/,
  });
});

test("a path that is not a unit's name is refused", async (t) => {
  const peer = await peerOf(t, inspector);
  const client = clientOf(t, await issue(MACHINE_B));
  await assert.rejects(client.status(peer, "--help", signal), /cannot use .* as a unit name/);
});
