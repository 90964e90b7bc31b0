/** A machine's own certificate, signed by the cluster's authority, with what it takes to check others'. All in PEM. */
export interface MachineIdentity {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** The name that a machine's certificate carries. */
export function peerName(machineID: string): string {
  return `${machineID}.flotilla`;
}
