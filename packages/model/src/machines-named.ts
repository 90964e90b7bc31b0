import { type MachineRecord, shortMachineID } from "./machine.ts";

/** By what people name a machine. */
export interface MachineNames extends Pick<MachineRecord, "id"> {
  /** Empty for a machine of which only the ID is known. */
  readonly primaryIP?: string | undefined;
  readonly hostname?: string | undefined;
}

/**
 * Returns the machines that a text names: by the whole ID or its beginning, the host name or its first label, or the
 * address. A whole ID names one machine, whatever else the text matches. IDs may be written as listings show them
 * (`113f16a7...`, `113f16a7.../10.0.0.1`) or as a UUID.
 */
export function machinesNamed<M extends MachineNames>(machines: Iterable<M>, text: string): readonly M[] {
  const all = [...machines];
  const whole = all.find(({ id }) => id === text);
  if (whole) return [whole];
  const name = text.toLowerCase();
  const listed = name.replace(/\.\.\.(\/.*)?$/, "");
  const uuid = /^[0-9a-f-]*$/.test(name) ? name.replaceAll("-", "") : "";
  const isMeant = ({ id, primaryIP = "", hostname = "" }: M): boolean =>
    (listed !== "" && id.toLowerCase().startsWith(listed)) ||
    (uuid !== "" && id.startsWith(uuid)) ||
    (name !== "" && [primaryIP, hostname.toLowerCase(), hostname.toLowerCase().split(".")[0]].includes(name));
  return all.filter(isMeant);
}

/** A machine with all its names, for a person who must choose: `113f16a7... (web1, 10.0.0.1)`. */
export function describeMachine({ id, primaryIP = "", hostname = "" }: MachineNames): string {
  const names = [hostname, primaryIP].filter(Boolean);
  return names.length > 0 ? `${shortMachineID(id)} (${names.join(", ")})` : shortMachineID(id);
}

/** Lists machines among which a text does not decide, with whole IDs where their beginnings are the same. */
export function describeMachines(machines: readonly MachineNames[]): readonly string[] {
  const short = new Set(machines.map(({ id }) => shortMachineID(id)));
  if (short.size === machines.length) return machines.map(describeMachine);
  return machines.map((machine) => describeMachine(machine).replace(shortMachineID(machine.id), machine.id));
}
