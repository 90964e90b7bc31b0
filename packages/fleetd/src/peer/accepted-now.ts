import type { X509Certificate } from "node:crypto";
import { isIssuedByOneOf } from "@flotilla/membership";

/**
 * Returns whether a certificate that TLS has verified is of an authority that is trusted now: since its connection began,
 * the authority may have been dropped. Costs nothing until the trusted authorities change.
 * @param first the trusted authorities since when there are connections, PEM.
 * @param bundle returns the trusted authorities, PEM.
 */
export function acceptedNow(first: string, bundle: () => string): (certificate: X509Certificate) => boolean {
  return (certificate) => {
    const ca = bundle();
    return ca === first || isIssuedByOneOf(certificate, ca);
  };
}
