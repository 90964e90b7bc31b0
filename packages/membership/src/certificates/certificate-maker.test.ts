import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { before, test } from "node:test";
import type { AuthorityRecord } from "@flotilla/registry";
import { CertificateError, CertificateMaker } from "./certificate-maker.ts";
import type { MachineCertificate } from "./certificates.ts";
import type { MachineIdentity } from "./identity.ts";
import { makeSigningRequest } from "./signing-request.ts";
import { requireUsable } from "./usable-authority.ts";

const MACHINE_ID = "a".repeat(32);
const MACHINE: MachineCertificate = { machineID: MACHINE_ID, role: "server", names: ["host", "10.0.0.1", "bad name"] };
const maker = new CertificateMaker(join(import.meta.dirname, "../certificates-main.ts"));
const signal = AbortSignal.timeout(60_000);

let cluster: AuthorityRecord;
let identity: MachineIdentity;

before(async () => {
  cluster = await maker.createCluster(Date.now(), signal);
  identity = await maker.issueMachine(cluster, MACHINE, Date.now(), signal);
});

test("another process makes a server's certificate with its names, signed by the cluster's authority", () => {
  const certificate = new X509Certificate(identity.cert);
  const names = [`${MACHINE_ID}.flotilla`, "server.flotilla", "localhost", "host"].map((name) => `DNS:${name}`);
  assert.equal(certificate.subjectAltName, [...names, "IP Address:10.0.0.1"].join(", "));
  assert.equal(certificate.subject, `CN=${MACHINE_ID}\nO=flotilla:server`);
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

test("another process signs a request", async () => {
  const machine = { machineID: MACHINE_ID, role: "agent", generation: "1", names: [] } as const;
  const { request } = makeSigningRequest(MACHINE_ID);
  const outcome = await maker.sign(cluster, machine, request, Date.now(), signal);
  assert.ok("certificate" in outcome);
  assert.deepEqual(await maker.sign(cluster, machine, "x", Date.now(), signal), {
    refused: "the signing request is not PKCS#10 in PEM",
  });
});

test("the life of machines' certificates can be chosen", async () => {
  const now = Date.now();
  const { cert } = await maker.lasting(60_000).issueMachine(cluster, MACHINE, now, signal);
  assert.equal(new X509Certificate(cert).validToDate.getTime(), Math.floor((now + 60_000) / 1_000) * 1_000);
});
