import { peerAddress } from "@flotilla/runtime";
import type { PeerCertificate as TlsCertificate, TLSSocket } from "node:tls";
import type { PeerCertificate } from "./admission.ts";

/** Returns what the certificate of a TLS client says. The server must have asked for it (`requestCert`). */
export function peerCertificateOf(socket: TLSSocket): PeerCertificate {
  const { subject, valid_to: validTo } = (socket.getPeerCertificate() ?? {}) as Partial<TlsCertificate>;
  const { CN, O, serialNumber } = (subject ?? {}) as unknown as Readonly<Record<string, unknown>>;
  const error = errorOf(socket, subject !== undefined, [CN, O, serialNumber]);
  return {
    commonName: textOf(CN),
    organization: textOf(O),
    serialNumber: textOf(serialNumber),
    authorized: error === undefined,
    authorizationError: error,
    validTo: validTo === undefined ? undefined : Date.parse(validTo),
    remoteAddress: peerAddress(socket),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Node returns an array for an attribute that occurs more than once. Who such a certificate names is open to doubt. */
function errorOf(socket: TLSSocket, isGiven: boolean, attributes: readonly unknown[]): string | undefined {
  if (!isGiven) return "NO_CERTIFICATE";
  // Node's types say Error. On a server, it is OpenSSL's code as text.
  if (!socket.authorized) return String(socket.authorizationError);
  return attributes.some(Array.isArray) ? "REPEATED_ATTRIBUTE" : undefined;
}
