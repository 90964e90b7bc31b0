import "reflect-metadata";
import type { webcrypto } from "node:crypto";
import type { AuthorityRecord } from "@flotilla/registry";
import * as x509 from "@peculiar/x509";
import { CLOCK_SLACK_MS } from "./certificate-life.ts";
import { algorithm, exportKey, generateKeys, importKey, serial } from "./keys.ts";

/** The life of the authority. */
const AUTHORITY_LIFE_MS = 100 * 365 * 24 * 3_600_000;

/**
 * Makes a new certificate authority for a cluster. The authority is kept only in the store. Everybody with access to
 * the store can sign certificates and thus join the cluster.
 * @param now milliseconds since the epoch.
 */
export async function createClusterIdentity(now: number): Promise<AuthorityRecord> {
  return authorityWith(await generateKeys(), now);
}

/**
 * Makes the authority that replaces another one. The other one vouches for it: it signs the new key (RFC 4210, 4.4,
 * NewWithOld), so that whoever trusts only the former authority verifies certificates of the new one. Both authorities
 * have the same name. That makes the cross certificate self-issued, which the path length of the former authority does
 * not count (RFC 5280, 4.2.1.9).
 */
export async function succeedAuthority(former: AuthorityRecord, now: number): Promise<AuthorityRecord> {
  const keys = await generateKeys();
  const issuer = new x509.X509Certificate(former.certificate);
  const cross = await x509.X509CertificateGenerator.create({
    ...authorityDates(now),
    serialNumber: serial(),
    subject: issuer.subject,
    issuer: issuer.subject,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await importKey(former.privateKey),
    extensions: [
      ...(await authorityExtensions(keys.publicKey)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  const previous = { certificate: former.certificate, cross: cross.toString("pem"), replacedAt: now };
  return { ...(await authorityWith(keys, now, issuer.subject)), previous };
}

async function authorityWith(
  keys: webcrypto.CryptoKeyPair,
  now: number,
  name = "CN=flotilla cluster",
): Promise<AuthorityRecord> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...authorityDates(now),
    serialNumber: serial(),
    name,
    signingAlgorithm: algorithm,
    keys,
    extensions: await authorityExtensions(keys.publicKey),
  });
  return { certificate: certificate.toString("pem"), privateKey: await exportKey(keys.privateKey) };
}

function authorityDates(now: number) {
  return { notBefore: new Date(now - CLOCK_SLACK_MS), notAfter: new Date(now + AUTHORITY_LIFE_MS) };
}

async function authorityExtensions(publicKey: webcrypto.CryptoKey): Promise<x509.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(true, 0, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
  ];
}
