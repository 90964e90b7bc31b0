import type { RefusalCode } from "../port/link-error.ts";

/** What the certificate of a TLS connection says about its holder. */
export interface PeerCertificate {
  /** CN of the subject. */
  readonly commonName: string | undefined;
  /** O of the subject. */
  readonly organization: string | undefined;
  /** The attribute serialNumber of the subject, not the serial number of the certificate. */
  readonly serialNumber: string | undefined;
  /**
   * Whether a certificate was given, is signed by the trusted authority, was valid when the session began, and has none
   * of the attributes above twice. If not, nothing else that it says may be believed.
   */
  readonly authorized: boolean;
  /**
   * Why not, as OpenSSL names it, for example `CERT_HAS_EXPIRED`; `NO_CERTIFICATE` or
   * `REPEATED_ATTRIBUTE`.
   */
  readonly authorizationError: string | undefined;
  /** When the certificate ends, milliseconds since the epoch. */
  readonly validTo: number | undefined;
  /** The address that the connection comes from, without the port. */
  readonly remoteAddress: string;
}

/** @see RefusalCode */
export interface Refusal {
  readonly refused: string;
  readonly refusal?: RefusalCode;
}

/**
 * The decision on a session: the machine that it belongs to; or the reason to refuse it, which the client shows and
 * retries slowly; or the reason why this server cannot decide now, upon which the client asks the next server.
 */
export type Admission = { readonly machineID: string } | Refusal | { readonly unavailable: string };

export type Admit = (peer: PeerCertificate) => Admission;
