import "reflect-metadata";
import type { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import type { AuthorityRecord } from "@flotilla/registry";
import { SERVER_NAME } from "@flotilla/runtime";
import * as x509 from "@peculiar/x509";
import { CLOCK_SLACK_MS, MACHINE_LIFE_MS } from "./certificate-life.ts";
import { algorithm, exportKey, generateKeys, importKey, serial } from "./keys.ts";
import { type MachineSubject, organizationOf } from "./certificate-facts.ts";
import { type MachineIdentity, peerName } from "./identity.ts";
import { bundleOf, withChain } from "./trust.ts";

/** A host name as a certificate may contain it (RFC 5280, section 4.2.1.6: an IA5String of labels). */
const DNS_NAME = /^(?!.{254})[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/i;

export { createClusterIdentity, succeedAuthority } from "./new-authority.ts";

/** A machine's certificate: its subject, and the host names and IP addresses at which a client may verify a server. */
export interface MachineCertificate extends MachineSubject {
  readonly names: readonly string[];
  /** How long the certificate lasts, milliseconds. Default: MACHINE_LIFE_MS. */
  readonly lifeMs?: number;
}

/** Makes a key and a certificate for this machine. */
export async function issueMachineIdentity(
  cluster: AuthorityRecord,
  machine: MachineCertificate,
  now: number,
): Promise<MachineIdentity> {
  const keys = await generateKeys();
  const cert = await certify(cluster, machine, keys.publicKey, now);
  return { key: await exportKey(keys.privateKey), cert: withChain(cert, cluster), ca: bundleOf(cluster) };
}

/** The result of a signing request: a certificate, PEM; or why the request is refused, in lower case. */
export type SigningOutcome = { readonly certificate: string } | { readonly refused: string };

/**
 * Signs the key of a request of PKCS#10 (RFC 2986). The request proves that the sender has the private key. The subject
 * of the certificate is `machine`; the request's own names count only in that they must not name another machine.
 * @param request PEM.
 */
export async function signRequest(
  cluster: AuthorityRecord,
  machine: MachineCertificate,
  request: string,
  now: number,
): Promise<SigningOutcome> {
  let parsed: x509.Pkcs10CertificateRequest;
  try {
    parsed = new x509.Pkcs10CertificateRequest(request);
  } catch {
    return { refused: "the signing request is not PKCS#10 in PEM" };
  }
  const { name, namedCurve } = parsed.publicKey.algorithm as webcrypto.EcKeyAlgorithm;
  if (name !== algorithm.name || namedCurve !== algorithm.namedCurve)
    return { refused: "the key of the signing request is not an ECDSA key of the curve P-256" };
  if (!(await parsed.verify().catch(() => false)))
    return { refused: "the signature of the signing request does not match its key" };
  const [commonName, ...more] = parsed.subjectName.getField("CN");
  if (commonName !== machine.machineID || more.length > 0)
    return { refused: `the signing request does not name machine ${machine.machineID}` };
  return { certificate: await certify(cluster, machine, parsed.publicKey, now) };
}

/**
 * A client finds a machine under the name of its ID, so no other machine can answer in its place; it finds a server
 * under the name that all servers share, or under a name or an address of the host.
 */
async function certify(
  cluster: AuthorityRecord,
  machine: MachineCertificate,
  publicKey: webcrypto.CryptoKey | x509.PublicKey,
  now: number,
): Promise<string> {
  const authority = new x509.X509Certificate(cluster.certificate);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: subjectOf(machine),
    issuer: authority.subject,
    notBefore: new Date(now - CLOCK_SLACK_MS),
    notAfter: new Date(now + (machine.lifeMs ?? MACHINE_LIFE_MS)),
    signingAlgorithm: algorithm,
    publicKey,
    signingKey: await importKey(cluster.privateKey),
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension(alternativeNames(machine)),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  return certificate.toString("pem");
}

function subjectOf({ machineID, role, generation }: MachineCertificate): x509.JsonName {
  const serialNumber = "2.5.4.5";
  return [
    { CN: [machineID] },
    { O: [organizationOf(role)] },
    ...(generation === undefined ? [] : [{ [serialNumber]: [generation] }]),
  ];
}

function alternativeNames({ machineID, role, names }: MachineCertificate): x509.JsonGeneralNames {
  const all = role === "server" ? [peerName(machineID), SERVER_NAME, "localhost", ...names] : [peerName(machineID)];
  return [...new Set(all)].flatMap((value): x509.JsonGeneralNames => {
    if (isIP(value) !== 0) return [{ type: "ip", value }];
    return DNS_NAME.test(value) ? [{ type: "dns", value }] : [];
  });
}
