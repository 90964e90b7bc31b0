import { X509Certificate } from "node:crypto";
import type { AuthorityRecord } from "@flotilla/registry";
import { pinOf } from "../join/key-hash.ts";
import { authoritiesIn } from "./authorities.ts";

/** Whether certificates of the previous authority are still accepted: machines are getting certificates of the new one. */
export function isRotating({ previous }: Pick<AuthorityRecord, "previous">): boolean {
  return previous !== undefined && previous.droppedAt === undefined;
}

/** The certificates that verify machines, PEM, the one that signs first. Each ends with a line feed if there are several. */
export function trustedIn(record: AuthorityRecord): readonly string[] {
  const { certificate, previous } = record;
  return previous && isRotating(record) ? [certificate, previous.certificate].map(inLines) : [certificate];
}

/** The text in which a machine's identity has `trustedIn`. */
export function bundleOf(record: AuthorityRecord): string {
  return trustedIn(record).join("");
}

/**
 * Returns a machine's certificate with the one by which it is verified also by whoever trusts only the previous
 * authority.
 * @param cert PEM.
 */
export function withChain(cert: string, { previous }: Pick<AuthorityRecord, "previous">): string {
  return previous?.cross === undefined ? cert : inLines(cert) + inLines(previous.cross);
}

/**
 * The certificates of authorities by which a token may recognise the cluster, PEM: that of the present one, and that of
 * the previous one while it vouches for the present one.
 */
export function pinnableIn({ certificate, previous }: AuthorityRecord): readonly string[] {
  return previous?.cross === undefined ? [certificate] : [certificate, previous.certificate].map(inLines);
}

/**
 * Whether an authority has signed a certificate.
 * @param cert PEM; of several certificates, the first.
 * @param authority PEM.
 * @throws if one of the two is not X.509.
 */
export function isIssuedBy(cert: string | X509Certificate, authority: string): boolean {
  const certificate = typeof cert === "string" ? new X509Certificate(cert) : cert;
  return certificate.verify(new X509Certificate(authority).publicKey);
}

/**
 * Whether one of several authorities has signed a certificate.
 * @param bundle the authorities, PEM.
 * @throws if one of them or the certificate is not X.509.
 */
export function isIssuedByOneOf(cert: string | X509Certificate, bundle: string): boolean {
  return authoritiesIn(bundle).some((authority) => isIssuedBy(cert, authority));
}

/** Whether two lists of authorities, PEM, have the same members. Invalid ones make it false. */
export function isSameTrust(pins: readonly string[], authorities: readonly string[]): boolean {
  try {
    const wanted = new Set(authorities.map(pinOf));
    return wanted.size === new Set(pins).size && pins.every((pin) => wanted.has(pin));
  } catch {
    return false;
  }
}

function inLines(pem: string): string {
  return pem.endsWith("\n") ? pem : `${pem}\n`;
}
