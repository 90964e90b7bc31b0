import type { AuthorityRecord, CertifiedMachines } from "@flotilla/registry";
import { isRotating } from "./certificates/trust.ts";
import { pinOf } from "./join/key-hash.ts";

/** A machine without a certificate of the present authority. */
export interface LaggingMachine {
  readonly machineID: string;
  readonly role: "server" | "agent";
  /** Whether the machine's daemon is in the cluster now. */
  readonly isPresent: boolean;
}

/** How far a rotation of the cluster's authority is. */
export interface RotationState {
  /** The pin of the present authority. */
  readonly authority: string;
  /** When the rotation began, milliseconds since the epoch; undefined if none is under way. */
  readonly since: number | undefined;
  /**
   * During a rotation, the machines that have no certificate of the new authority. Otherwise the servers that cannot take
   * part in one, because their daemons are of an earlier version.
   */
  readonly lagging: readonly LaggingMachine[];
}

/** Which machines a rotation goes on without: none; those that are away; all that lag behind. */
export type GoingOnWithout = "none" | "away" | "all";

/**
 * Returns how far a rotation is, from what the store says.
 * @param present the machines whose daemons are in the cluster now.
 */
export function rotationState(
  record: AuthorityRecord,
  { servers, agents }: CertifiedMachines,
  present: ReadonlySet<string>,
): RotationState {
  const authority = pinOf(record.certificate);
  if (!record.previous || !isRotating(record)) {
    const older = servers.filter(({ issuer }) => issuer === "");
    return {
      authority,
      since: undefined,
      lagging: older.map(({ machineID }) => lagging(machineID, "server", present)),
    };
  }
  const isLagging = ({ issuer }: { readonly issuer: string | undefined }): boolean => issuer !== authority;
  return {
    authority,
    since: record.previous.replacedAt,
    lagging: [
      ...servers.filter(isLagging).map(({ machineID }) => lagging(machineID, "server", present)),
      ...agents.filter(isLagging).map(({ machineID }) => lagging(machineID, "agent", present)),
    ],
  };
}

/** Returns the machines that a rotation may not go on without. */
export function awaited(lagging: readonly LaggingMachine[], without: GoingOnWithout): readonly LaggingMachine[] {
  switch (without) {
    case "none":
      return lagging;
    case "away":
      return lagging.filter(({ isPresent }) => isPresent);
    case "all":
      return [];
    default:
      return without satisfies never;
  }
}

function lagging(machineID: string, role: LaggingMachine["role"], present: ReadonlySet<string>): LaggingMachine {
  return { machineID, role, isPresent: present.has(machineID) };
}
