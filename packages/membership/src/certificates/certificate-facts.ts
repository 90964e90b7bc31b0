import { isMachineID } from "@flotilla/model";

/** The role of a certificate's holder, which stands in the organization (O) of the subject. */
export type CertificateRole = "server" | "agent";

const ORGANIZATION_PREFIX = "flotilla:";

/** The attributes of a certificate's subject that name a machine of the cluster. */
export interface MachineSubject {
  readonly role: CertificateRole;
  readonly machineID: string;
  /** Of an agent: the generation of its membership. */
  readonly generation?: string;
}

/** The attributes of a subject as TLS tells them; undefined if an attribute is missing or occurs more than once. */
export interface SubjectAttributes {
  readonly commonName: string | undefined;
  readonly organization: string | undefined;
  readonly serialNumber: string | undefined;
}

/** Who a certificate of the cluster's authority belongs to. */
export type CertificateHolder =
  | { readonly kind: "server" | "legacy"; readonly machineID: string }
  | { readonly kind: "agent"; readonly machineID: string; readonly generation: string };

/** Returns the value of the subject's attribute O. */
export function organizationOf(role: CertificateRole): string {
  return `${ORGANIZATION_PREFIX}${role}`;
}

/**
 * Returns the machine that a verified certificate belongs to; undefined if the certificate is not a machine's.
 *
 * `legacy`: a daemon of an earlier version made the certificate for itself, without an organization. That daemon holds
 * the key of the authority, so it is a server.
 */
export function holderOf({ commonName, organization, serialNumber }: SubjectAttributes): CertificateHolder | undefined {
  if (commonName === undefined || !isMachineID(commonName)) return undefined;
  switch (organization) {
    case undefined:
      return serialNumber === undefined ? { kind: "legacy", machineID: commonName } : undefined;
    case organizationOf("server"):
      return { kind: "server", machineID: commonName };
    case organizationOf("agent"):
      return serialNumber === undefined
        ? undefined
        : { kind: "agent", machineID: commonName, generation: serialNumber };
    default:
      return undefined;
  }
}
