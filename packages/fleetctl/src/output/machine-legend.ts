/** What a listing shows of a machine besides its ID. */
export interface MachineAddress {
  readonly primaryIP: string;
}

/** How a machine shows, as in fleet: `113f16a7.../172.17.8.103`; the whole ID when `full`, no IP when unknown. */
export function machineLegend(id: string, address: MachineAddress | undefined, full = false): string {
  const shown = shortMachineID(id, full);
  return address?.primaryIP ? `${shown}/${address.primaryIP}` : shown;
}

/** `113f16a7...`, or the whole ID when `full`. */
export function shortMachineID(id: string, full = false): string {
  return full ? id : `${id.slice(0, 8)}...`;
}
