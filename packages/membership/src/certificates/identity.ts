/** A machine's key and certificate, and the cluster's certificate authorities, which verify other machines. In PEM. */
export interface MachineIdentity {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** Returns the name in a machine's certificate by which other daemons recognise the machine. */
export function peerName(machineID: string): string {
  return `${machineID}.flotilla`;
}
