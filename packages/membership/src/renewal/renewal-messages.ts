/** The path of renewal on the link. */
export const CERTIFICATE_PATH = "/membership/v1/certificate";
/** The prefix of the link's routes for memberships. */
export const MEMBERSHIP_BASE = "/membership/v1/";

/** With `certificate`: whether that certificate is due. With `request`: sign this key (PKCS#10). PEM. */
export type RenewalRequest = { readonly certificate: string } | { readonly request: string };

export interface RenewalStatus {
  readonly renew: boolean;
}

export interface RenewedCertificate {
  /** PEM. */
  readonly certificate: string;
  /** The certificates of the cluster's authorities, PEM. */
  readonly authorities: readonly string[];
}
