import "reflect-metadata";
import { webcrypto } from "node:crypto";
import type { AuthorityRecord } from "@flotilla/registry";
import * as x509 from "@peculiar/x509";
import { type MachineIdentity, peerName } from "./identity.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** How far in the past certificates begin, so that a host whose clock is behind accepts them. */
const CLOCK_SLACK_MS = 24 * 3_600_000;

const YEAR_MS = 365 * 24 * 3_600_000;

/**
 * Makes a new certificate authority for a cluster. The authority is kept only in the store. Everybody with access to
 * the store can sign certificates and thus join the cluster.
 */
export async function createClusterIdentity(now: number): Promise<AuthorityRecord> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: "CN=flotilla cluster",
    notBefore: new Date(now - CLOCK_SLACK_MS),
    notAfter: new Date(now + 100 * YEAR_MS),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), privateKey: await exportKey(keys.privateKey) };
}

/**
 * Makes a certificate for this machine. Its only name is `<machine ID>.flotilla`, so no other machine can answer in its
 * place.
 */
export async function issueMachineIdentity(
  cluster: AuthorityRecord,
  machineID: string,
  now: number,
): Promise<MachineIdentity> {
  const authority = new x509.X509Certificate(cluster.certificate);
  const signingKey = await importKey(cluster.privateKey);
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${machineID}`,
    issuer: authority.subject,
    notBefore: new Date(now - CLOCK_SLACK_MS),
    notAfter: new Date(now + 10 * YEAR_MS),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: peerName(machineID) }]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  return { key: await exportKey(keys.privateKey), cert: certificate.toString("pem"), ca: cluster.certificate };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), algorithm, true, ["sign"]);
}

function serial(): string {
  // RFC 5280, section 4.1.2.2, requires a positive number of at most 20 bytes.
  return `40${Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString("hex")}`;
}
