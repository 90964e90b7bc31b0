import { shortMachineID } from "@flotilla/api/client";

/** The address that listings show beside a machine's ID. */
export interface MachineAddress {
  readonly primaryIP: string;
}

/** Formats a machine like fleet: `113f16a7.../172.17.8.103`; with the whole ID if `full`, without an unknown IP. */
export function machineLegend(id: string, address: MachineAddress | undefined, full = false): string {
  const shown = full ? id : shortMachineID(id);
  return address?.primaryIP ? `${shown}/${address.primaryIP}` : shown;
}
