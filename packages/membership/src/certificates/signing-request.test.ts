import "reflect-metadata";
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { before, describe, test } from "node:test";
import type { AuthorityRecord } from "@flotilla/registry";
import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import { holderOf } from "./certificate-facts.ts";
import { createClusterIdentity, type MachineCertificate, signRequest } from "./certificates.ts";
import { makeSigningRequest } from "./signing-request.ts";

const MACHINE_ID = "a".repeat(32);
const MACHINE: MachineCertificate = { machineID: MACHINE_ID, role: "agent", generation: "7f3a", names: ["ignored"] };
const NOW = Date.UTC(2030, 0, 1);
const DAY_MS = 24 * 3_600_000;

let cluster: AuthorityRecord;
before(async () => {
  cluster = await createClusterIdentity(NOW);
});

test("a signed request is a certificate for the host's key, with role, generation and one name", async () => {
  const { key, request } = makeSigningRequest(MACHINE_ID);
  const outcome = await signRequest(cluster, MACHINE, request, NOW);
  assert.ok("certificate" in outcome);
  const certificate = new X509Certificate(outcome.certificate);
  assert.ok(certificate.checkPrivateKey(createPrivateKey(key)));
  assert.ok(certificate.verify(new X509Certificate(cluster.certificate).publicKey));
  assert.equal(certificate.subject, `CN=${MACHINE_ID}\nO=flotilla:agent\nserialNumber=7f3a`);
  assert.equal(certificate.subjectAltName, `DNS:${MACHINE_ID}.flotilla`);
  assert.equal(certificate.validFromDate.getTime(), NOW - DAY_MS);
  assert.equal(certificate.validToDate.getTime(), NOW + 30 * DAY_MS);
});

test("a machine ID of any length has a request", async () => {
  for (const machineID of ["m", "m".repeat(63), "m".repeat(64)]) {
    const outcome = await signRequest(cluster, { ...MACHINE, machineID }, makeSigningRequest(machineID).request, NOW);
    assert.ok("certificate" in outcome, machineID);
  }
});

describe("a request is refused", () => {
  const refusal = async (request: string): Promise<string> => {
    const outcome = await signRequest(cluster, MACHINE, request, NOW);
    assert.ok("refused" in outcome);
    return outcome.refused;
  };

  test("if it is not PKCS#10", async () => {
    const { key, request } = makeSigningRequest(MACHINE_ID);
    for (const text of ["", "x", key, cluster.certificate, request.slice(0, 200), "\0".repeat(1_000)])
      assert.match(await refusal(text), /not PKCS#10 in PEM/, JSON.stringify(text.slice(0, 30)));
  });

  test("if another key signed it", async () => {
    const { request } = makeSigningRequest(MACHINE_ID);
    const lines = request.split("\n");
    const bytes = Buffer.from(lines.slice(1, -2).join(""), "base64");
    // The signature is the last field, and its last byte belongs to a number of any value.
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    const forged = [lines[0], bytes.toString("base64"), lines.at(-2), ""].join("\n");
    assert.match(await refusal(forged), /does not match its key/);
  });

  test("if it names another machine, or two", async () => {
    assert.match(await refusal(makeSigningRequest("b".repeat(32)).request), /does not name machine aaaa/);
    const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const both = await Pkcs10CertificateRequestGenerator.create({
      name: [{ CN: [MACHINE_ID] }, { CN: ["b".repeat(32)] }],
      keys,
      signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    });
    assert.match(await refusal(both.toString("pem")), /does not name machine/);
  });

  test("if its key is of another kind", async () => {
    const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, true, ["sign", "verify"]);
    const large = await Pkcs10CertificateRequestGenerator.create({
      name: `CN=${MACHINE_ID}`,
      keys,
      signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    });
    assert.match(await refusal(large.toString("pem")), /curve P-256/);
  });
});

test("two requests have two keys", () => {
  const publicOf = ({ key }: { key: string }): string =>
    createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
  assert.notEqual(publicOf(makeSigningRequest(MACHINE_ID)), publicOf(makeSigningRequest(MACHINE_ID)));
});

describe("the holder of a certificate", () => {
  const agent = { commonName: "m1", organization: "flotilla:agent", serialNumber: "7" };
  for (const [what, subject, holder] of [
    ["an agent", agent, { kind: "agent", machineID: "m1", generation: "7" }],
    ["an agent without a generation", { ...agent, serialNumber: undefined }, undefined],
    ["a server", { ...agent, organization: "flotilla:server" }, { kind: "server", machineID: "m1" }],
    [
      "a daemon of an earlier version",
      { ...agent, organization: undefined, serialNumber: undefined },
      { kind: "legacy", machineID: "m1" },
    ],
    ["a certificate with a generation and no organization", { ...agent, organization: undefined }, undefined],
    ["a user", { ...agent, organization: "flotilla:admin" }, undefined],
    ["another organization", { ...agent, organization: "server" }, undefined],
    ["no common name", { ...agent, commonName: undefined }, undefined],
    ["a common name that is no machine ID", { ...agent, commonName: "../m1" }, undefined],
  ] as const)
    test(what, () => assert.deepEqual(holderOf(subject), holder));
});
