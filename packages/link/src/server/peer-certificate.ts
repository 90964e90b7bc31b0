import type { PeerCertificate as TlsCertificate, TLSSocket } from "node:tls";
import type { PeerCertificate } from "./admission.ts";

/** Returns what the certificate of a TLS client says. The server must have asked for it (`requestCert`). */
export function peerCertificateOf(socket: TLSSocket): PeerCertificate {
  const { subject, valid_to: validTo } = (socket.getPeerCertificate() ?? {}) as Partial<TlsCertificate>;
  const names = (subject ?? {}) as unknown as Readonly<Record<string, unknown>>;
  const remoteAddress = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  return {
    commonName: single(names["CN"]),
    organization: single(names["O"]),
    serialNumber: single(names["serialNumber"]),
    authorized: socket.authorized && subject !== undefined,
    authorizationError: errorOf(socket, subject !== undefined),
    validTo: validTo === undefined ? undefined : Date.parse(validTo),
    remoteAddress,
  };
}

/** Node returns an array for an attribute that occurs more than once. */
function single(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Node's types say Error; what a server's socket has is OpenSSL's code as text. */
function errorOf({ authorized, authorizationError }: TLSSocket, isGiven: boolean): string | undefined {
  if (!isGiven) return "NO_CERTIFICATE";
  return authorized ? undefined : String(authorizationError);
}
