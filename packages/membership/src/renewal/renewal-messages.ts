/** The path of renewal on the link. */
export const CERTIFICATE_PATH = "/membership/v1/certificate";
/** The prefix of the link's routes for memberships. */
export const MEMBERSHIP_BASE = "/membership/v1/";

/** With `certificate`: whether that certificate is due. With `request`: sign this key (PKCS#10). PEM. */
export type RenewalRequest = ShownIdentity | { readonly request: string };

export interface ShownIdentity {
  /** PEM. */
  readonly certificate: string;
  /** The pins of the authorities that the agent trusts; absent from an agent of an earlier version. */
  readonly trusts?: readonly string[] | undefined;
  /** True if the agent could not save its identity: its next process has an earlier one. */
  readonly isUnsaved?: boolean | undefined;
}

export interface RenewalStatus {
  readonly renew: boolean;
  /** The authorities to trust from now on, PEM, if the certificate stays and they are others. */
  readonly authorities?: readonly string[];
}

export interface RenewedCertificate {
  /** PEM. */
  readonly certificate: string;
  /** The certificates of the cluster's authorities, PEM. */
  readonly authorities: readonly string[];
}
