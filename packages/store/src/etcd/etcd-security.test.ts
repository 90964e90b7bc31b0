import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Etcd3 } from "etcd3";
import { eventually, WatchRecorder } from "../contract/index.ts";
import { StoreRefusedError, StoreUnavailableError } from "../port/store-error.ts";
import { EtcdFixture } from "./etcd.fixture.ts";

test("TLS with certificates on both sides", async (t) => {
  const pki = makeCertificates(t);
  const args = [
    "--cert-file",
    pki.certPath,
    "--key-file",
    pki.keyPath,
    "--client-cert-auth",
    "--trusted-ca-file",
    pki.certPath,
  ];
  await using etcd = await EtcdFixture.start({ scheme: "https", args });
  const [ca, cert, key] = [pki.certPath, pki.certPath, pki.keyPath].map((path) => readFileSync(path));
  assert.ok(ca !== undefined && cert !== undefined && key !== undefined);

  const store = etcd.direct({ tls: { ca, cert, key } });
  const { revision } = await store.txn({ onSuccess: [{ put: "tls", value: "yes" }] });
  const seen = new WatchRecorder(store, { prefix: "tls", from: revision });
  await eventually(etcd, "the event", () => seen.events.length === 1);
  await seen.stop();

  await assert.rejects(etcd.direct({ tls: { ca } }).revision(), StoreUnavailableError);
  await assert.rejects(etcd.direct({ tls: { cert, key } }).revision(), StoreUnavailableError);
  await assert.rejects(
    etcd.client({ endpoints: [`http://127.0.0.1:${etcd.server.port}`] }).revision(),
    StoreUnavailableError,
  );
});

test("a user of etcd stays logged in when tokens expire and when etcd forgets them", async () => {
  await using etcd = await EtcdFixture.start({ args: ["--auth-token-ttl", "1", "--bcrypt-cost", "4"] });
  await enableAuthentication(etcd.server.endpoint);
  const credentials = { username: "flotilla", password: "sail" };
  const store = etcd.direct({ credentials, requestTimeoutMs: 2_000 });
  const write = (value: string): Promise<unknown> => store.txn({ onSuccess: [{ put: "a", value }] });
  await write("1");
  const seen = new WatchRecorder(store, { prefix: "", from: 1 });
  const lease = await store.grant(6_000);
  await eventually(etcd, "the first event", () => seen.events.length === 1);

  await etcd.elapse(2_500);
  await write("2");
  await eventually(etcd, "the second event", () => seen.events.length === 2);

  await etcd.server.restart();
  await eventually(etcd, "a write after the restart", () =>
    write("3").then(
      () => true,
      () => false,
    ),
  );
  await eventually(etcd, "the third event", () => seen.events.length === 3, 10_000);
  await seen.stop();
  assert.equal(lease.lost.aborted, false);
  await lease.revoke();

  await assert.rejects(etcd.direct({ credentials, keyPrefix: "/elsewhere/" }).revision(), StoreRefusedError);
  await assert.rejects(
    etcd.direct({ credentials: { ...credentials, password: "wrong" } }).revision(),
    StoreRefusedError,
  );
  await assert.rejects(etcd.direct().revision(), StoreRefusedError);
});

test("etcd without authentication accepts a client with credentials", async () => {
  await using etcd = await EtcdFixture.start();
  assert.equal(await etcd.direct({ credentials: { username: "a", password: "b" } }).revision(), 1);
});

test("after authentication is enabled, the next call has a token", async () => {
  await using etcd = await EtcdFixture.start({ args: ["--bcrypt-cost=4"] });
  const store = etcd.direct({ credentials: { username: "flotilla", password: "sail" } });
  const before = await store.revision();
  await enableAuthentication(etcd.server.endpoint);
  assert.equal(await store.revision(), before);
});

async function enableAuthentication(endpoint: string): Promise<void> {
  const admin = new Etcd3({ hosts: endpoint });
  try {
    await admin.auth.userAdd({ name: "root", password: "root" });
    await admin.auth.roleAdd({ name: "root" });
    await admin.auth.userGrantRole({ user: "root", role: "root" });
    await admin.auth.userAdd({ name: "flotilla", password: "sail" });
    await admin.auth.roleAdd({ name: "flotilla" });
    const prefix = "/_coreos.com/fleet/";
    const perm = {
      permType: "Readwrite",
      key: Buffer.from(prefix),
      range_end: Buffer.from(`${prefix.slice(0, -1)}0`),
    } as const;
    await admin.auth.roleGrantPermission({ name: "flotilla", perm });
    await admin.auth.userGrantRole({ user: "flotilla", role: "flotilla" });
    await admin.auth.authEnable();
  } finally {
    admin.close();
  }
}

/** A self-signed certificate for 127.0.0.1, for the server and the client. */
function makeCertificates(t: TestContext): { readonly certPath: string; readonly keyPath: string } {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-tls-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const [keyPath, certPath] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const subject = ["-subj", "/CN=flotilla", "-addext", "subjectAltName=IP:127.0.0.1"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyPath];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...key, ...subject, "-out", certPath], { stdio: "pipe" });
  return { certPath, keyPath };
}
