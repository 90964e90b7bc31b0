import type { Admission, PeerCertificate } from "@flotilla/link";
import type { MembershipMirror } from "@flotilla/registry";
import { holderOf } from "../certificates/certificate-facts.ts";

/** The memberships that a server knows; implemented by MembershipMirror. */
export type Memberships = Pick<MembershipMirror, "isKnown" | "generationOf" | "isRemoved">;

/**
 * Decides whether an agent may use this server: its certificate must be valid, and of the present generation of its
 * membership. An agent that learns that it was removed stops its units. So the answer says that only if a person has ended
 * the very membership that the certificate names: a missing membership may mean an older store.
 */
export function admitAgent(peer: PeerCertificate, memberships: Memberships): Admission {
  if (!peer.authorized) return { refused: unverified(peer) };
  const holder = holderOf(peer);
  if (!holder) return { refused: "the certificate is not a machine's" };
  const { kind, machineID } = holder;
  if (kind !== "agent") return { refused: `the certificate of machine ${machineID} is a server's, not an agent's` };
  if (!memberships.isKnown) return { unavailable: "the server has not read the memberships of machines yet" };
  const generation = memberships.generationOf(machineID);
  if (generation === holder.generation) return { machineID };
  if (memberships.isRemoved(machineID, holder.generation))
    return { refused: refusalOf(machineID, "was removed from the cluster"), refusal: "removed" };
  return {
    refused: refusalOf(machineID, generation === undefined ? NO_MEMBER : "has joined the cluster again elsewhere"),
  };
}

const NO_MEMBER = "is not a member of the cluster, perhaps because an older store was restored";

function refusalOf(machineID: string, why: string): string {
  return `machine ${machineID} ${why}; to rejoin, run fleetctl join SERVER --token TOKEN on the host`;
}

function unverified({ authorizationError, validTo }: PeerCertificate): string {
  switch (authorizationError) {
    case "NO_CERTIFICATE":
      return "the client has no certificate";
    case "CERT_HAS_EXPIRED": {
      const ended = validTo === undefined ? "" : ` at ${new Date(validTo).toISOString()}`;
      return `the machine's certificate ended${ended}; remove the machine and join it again, and check its clock`;
    }
    case "CERT_NOT_YET_VALID":
      return "the machine's certificate is not valid yet; check the clocks of the host and of this server";
    default:
      return `the certificate is not of this cluster (${authorizationError ?? "unknown reason"})`;
  }
}
