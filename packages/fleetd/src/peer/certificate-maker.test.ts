import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { AuthorityRecord } from "@flotilla/registry";
import { CertificateError, CertificateMaker } from "./certificate-maker.ts";
import { type MachineIdentity, peerName } from "./identity.ts";
import { requireUsable } from "./usable-authority.ts";
import { SavedIdentity } from "./saved-identity.ts";

const MACHINE = "a".repeat(32);
const YEAR_MS = 365 * 24 * 3_600_000;
const maker = new CertificateMaker(join(import.meta.dirname, "../certificates-main.ts"));
const signal = AbortSignal.timeout(60_000);

let directory: string;
let cluster: AuthorityRecord;
let identity: MachineIdentity;

before(async () => {
  directory = mkdtempSync(join(tmpdir(), "flotilla-certificates-"));
  cluster = await maker.createCluster(Date.now(), signal);
  identity = await maker.issueMachine(cluster, MACHINE, Date.now(), signal);
});
after(() => rmSync(directory, { recursive: true }));

test("another process makes a certificate for one name, signed by the cluster's authority", () => {
  const certificate = new X509Certificate(identity.cert);
  assert.equal(certificate.subjectAltName, `DNS:${peerName(MACHINE)}`);
  assert.equal(identity.ca, cluster.certificate);
  assert.ok(certificate.verify(new X509Certificate(cluster.certificate).publicKey));
});

test("an error says why no certificate was made", async () => {
  const namesProgram = (error: Error): boolean =>
    error instanceof CertificateError && error.message.includes("nowhere.cjs");
  await assert.rejects(new CertificateMaker("/nowhere.cjs").createCluster(Date.now(), signal), namesProgram);
  // Clients see this message as the reason of a 503, so it must be one line without a stack.
  const broken = maker.issueMachine({ ...cluster, privateKey: "x" }, MACHINE, Date.now(), signal);
  const isOneLine = (error: Error): boolean => error instanceof CertificateError && !/\n|    at /.test(error.message);
  await assert.rejects(broken, isOneLine);
});

test("an authority in the store that cannot sign is refused with the reason", async () => {
  const other = await maker.createCluster(Date.now(), signal);
  requireUsable(cluster);
  for (const [record, why] of [
    [{ ...cluster, certificate: "garbage" }, /its certificate is not X\.509/],
    [{ ...cluster, privateKey: "garbage" }, /its private key is not PEM/],
    [{ ...cluster, privateKey: other.privateKey }, /its private key does not match its certificate/],
    [{ certificate: identity.cert, privateKey: identity.key }, /its certificate is not a certificate authority/],
  ] as const) {
    assert.throws(() => requireUsable(record), { code: "authority-unusable", message: why });
  }
});

test("an abort ends the program and rejects with the abort's reason", async () => {
  const reason = new Error("over");
  await assert.rejects(maker.createCluster(Date.now(), AbortSignal.abort(reason)), reason);
});

test("a saved identity is loaded by its own machine, in its own cluster, while it is valid", async () => {
  const path = join(directory, "identity");
  const saved = new SavedIdentity(path);
  assert.equal(saved.load(cluster.certificate, MACHINE, Date.now()), undefined);
  saved.save(identity);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(saved.load(cluster.certificate, MACHINE, Date.now()), identity);
  const other = await maker.createCluster(Date.now(), signal);
  assert.equal(saved.load(other.certificate, MACHINE, Date.now()), undefined);
  assert.equal(saved.load(cluster.certificate, "b".repeat(32), Date.now()), undefined);
  assert.equal(saved.load(cluster.certificate, MACHINE, Date.now() + 9.5 * YEAR_MS), undefined);
});

test("a saved identity with a mismatched key is ignored", async () => {
  const path = join(directory, "mixed");
  const saved = new SavedIdentity(path);
  const other = await maker.issueMachine(cluster, MACHINE, Date.now(), signal);
  saved.save({ ...identity, key: other.key });
  assert.equal(saved.load(cluster.certificate, MACHINE, Date.now()), undefined);
  writeFileSync(path, "{");
  assert.equal(saved.load(cluster.certificate, MACHINE, Date.now()), undefined);
});
