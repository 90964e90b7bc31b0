import { shortMachineID } from "@flotilla/api/client";

/** What a listing shows of a machine besides its ID. */
export interface MachineAddress {
  readonly primaryIP: string;
}

/** How a machine shows, as in fleet: `113f16a7.../172.17.8.103`; the whole ID when `full`, no IP when unknown. */
export function machineLegend(id: string, address: MachineAddress | undefined, full = false): string {
  const shown = full ? id : shortMachineID(id);
  return address?.primaryIP ? `${shown}/${address.primaryIP}` : shown;
}
