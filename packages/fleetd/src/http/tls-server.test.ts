import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { connect as tlsConnect, type TLSSocket } from "node:tls";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test, type TestContext } from "node:test";
import { certificateCaller } from "@flotilla/api";
import type { MachineIdentity } from "@flotilla/membership";
import { createClusterIdentity, issueMachineIdentity, succeedAuthority } from "@flotilla/membership/certificates";
import { ApiGateway } from "./api-gateway.ts";
import { openApiListeners } from "./api-listeners.ts";
import { ApiTls } from "./api-tls.ts";

const MACHINE = "a".repeat(32);
const directory = mkdtempSync(join(tmpdir(), "tls-"));
after(() => rmSync(directory, { recursive: true }));

/** Client certificates by the organisations in their subjects, signed by an operator's authority. */
const people = new Map<string, { readonly cert: Buffer; readonly key: Buffer }>();
let operatorCA: Buffer;
let machine: MachineIdentity;
let later: MachineIdentity;

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { cwd: directory, stdio: "ignore" });
}

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

before(async () => {
  openssl("req", "-x509", ...EC, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=operator");
  operatorCA = readFileSync(join(directory, "ca.pem"));
  for (const organisation of ["flotilla:viewer", "flotilla:deployer", "flotilla:agent", "other"]) {
    openssl("req", ...EC, "-keyout", "c.key", "-out", "c.csr", "-subj", `/CN=ann/O=${organisation}`);
    openssl("x509", "-req", "-in", "c.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "c.pem");
    const [cert, key] = ["c.pem", "c.key"].map((file) => readFileSync(join(directory, file)));
    if (cert && key) people.set(organisation, { cert, key });
  }
  const cluster = await createClusterIdentity(Date.now());
  const holder = { machineID: MACHINE, role: "server", names: ["127.0.0.1"] } as const;
  machine = await issueMachineIdentity(cluster, holder, Date.now());
  later = await issueMachineIdentity(cluster, holder, Date.now());
});

/** A listener with TLS whose handler answers with the caller of the client's certificate. */
async function listening(t: TestContext, tls: ApiTls): Promise<number> {
  const port = await freePort();
  const gateway = new ApiGateway();
  gateway.open((request, response) => {
    let answer: string;
    try {
      answer = JSON.stringify(certificateCaller(request.socket) ?? "nobody");
    } catch (error) {
      answer = (error as Error).message;
    }
    response.end(answer);
  });
  const listener = { address: { kind: "tcp", host: "127.0.0.1", port }, entrance: { kind: "tls" } } as const;
  const listeners = await openApiListeners([listener], gateway, tls);
  t.after(() => listeners.close(0));
  return port;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function ask(port: number, options: object = {}): Promise<{ readonly body: string; readonly serial: string }> {
  return new Promise((resolve, reject) => {
    const request = httpsGet({ host: "127.0.0.1", port, ca: machine.ca, agent: false, ...options }, (answer) => {
      const { serialNumber } = (
        answer.socket as unknown as { getPeerCertificate(): { serialNumber: string } }
      ).getPeerCertificate();
      text(answer).then((body) => resolve({ body, serial: serialNumber }), reject);
    });
    request.on("error", reject);
  });
}

test("a connection waits for the first certificate, and the next one uses a later certificate", async (t) => {
  const tls = new ApiTls();
  const port = await listening(t, tls);
  const waiting = ask(port);
  tls.use(machine, {});
  const first = await waiting;
  assert.equal(first.body, '"nobody"');
  tls.use(later, {});
  assert.notEqual((await ask(port)).serial, first.serial);
});

test("a client certificate of the operator's authority names its caller; others name nobody", async (t) => {
  const tls = new ApiTls();
  tls.use(machine, { clientCA: operatorCA });
  const port = await listening(t, tls);
  const as = async (organisation: string) => (await ask(port, people.get(organisation))).body;
  assert.deepEqual(JSON.parse(await as("flotilla:viewer")), {
    kind: "certificate",
    name: "ann",
    grant: { role: "viewer" },
  });
  assert.match(await as("flotilla:deployer"), /grants no role: O=flotilla:deployer/);
  assert.equal(await as("flotilla:agent"), '"nobody"');
  assert.equal(await as("other"), '"nobody"');
  tls.use(machine, {});
  assert.equal(await as("flotilla:viewer"), '"nobody"', "an authority that is not configured any more");
});

test("the operator's own certificate replaces the machine's", async (t) => {
  const tls = new ApiTls();
  const own = people.get("other") ?? assert.fail();
  tls.use(machine, { own });
  const port = await listening(t, tls);
  await assert.rejects(ask(port), /certificate/);
  assert.equal((await ask(port, { ca: operatorCA, checkServerIdentity: () => undefined })).body, '"nobody"');
});

test("plain HTTP gets 400 with what to do, and garbage is closed", async (t) => {
  const tls = new ApiTls();
  tls.use(machine, {});
  const port = await listening(t, tls);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    httpGet({ host: "127.0.0.1", port, path: "/fleet/v1/machines" }, resolve).on("error", reject);
  });
  assert.equal(answer.statusCode, 400);
  assert.match(await text(answer), /this port speaks TLS; use https:\/\/ with a token/);
  for (const garbage of ["\0\0\0\0", "\x16garbage", "x".repeat(100_000)]) {
    const socket = connect(port, "127.0.0.1");
    socket.end(garbage);
    const received = await text(socket).catch(() => "");
    assert.ok(!received.includes("HTTP"), JSON.stringify(received.slice(0, 20)));
  }
  assert.equal((await ask(port)).body, '"nobody"');
});

test("TLS 1.1 is refused", async (t) => {
  const tls = new ApiTls();
  tls.use(machine, {});
  const port = await listening(t, tls);
  await assert.rejects(ask(port, { minVersion: "TLSv1.1", maxVersion: "TLSv1.1" }));
});

test("when an authority is dropped, connections with its client certificates end, and others stay", async (t) => {
  const former = await createClusterIdentity(Date.now());
  const next = await succeedAuthority(former, Date.now());
  const { previous = assert.fail() } = next;
  const holder = { machineID: MACHINE, role: "server", names: ["127.0.0.1"] } as const;
  const [one, other] = await Promise.all([former, next].map((by) => issueMachineIdentity(by, holder, Date.now())));
  assert.ok(one && other);
  const tls = new ApiTls();
  const port = await listening(t, tls);
  tls.use(other, {});
  const open = async ({ key, cert }: Partial<MachineIdentity>): Promise<TLSSocket> => {
    const socket = tlsConnect({ host: "127.0.0.1", port, ca: other.ca, key, cert });
    socket.on("error", () => {});
    socket.resume();
    await once(socket, "secureConnect");
    await ask(port, { ca: other.ca });
    return socket;
  };
  const [dropped, kept, without] = [await open(one), await open(other), await open({})];
  const dropping = await issueMachineIdentity({ ...next, previous: { ...previous, droppedAt: 1 } }, holder, Date.now());
  const ended = once(dropped, "close");
  tls.use(dropping, {});
  await ended;
  await ask(port, { ca: other.ca });
  assert.deepEqual([kept.destroyed, without.destroyed], [false, false]);
  for (const socket of [kept, without]) socket.destroy();
});
