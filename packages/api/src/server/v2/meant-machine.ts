import {
  type ClusterSnapshot,
  describeMachines,
  isMachineID,
  type MachineID,
  type MachineNames,
  machinesNamed,
} from "@flotilla/model";
import { RequestError } from "../request-error.ts";

/**
 * Returns the machine that a request names: see `machinesNamed`. Of machines that are away, only those with settings are
 * known, by their IDs. Text that names none of them may still be the whole ID of a machine that is away.
 * @throws RequestError if several machines are meant, or the text cannot be an ID.
 */
export function meantMachine({ machines, settings }: ClusterSnapshot, text: string): MachineID {
  const away = [...settings.keys()].filter((id) => !machines.has(id)).map((id) => ({ id }));
  const meant = machinesNamed<MachineNames>([...machines.values(), ...away], text);
  const [only, ...more] = meant;
  if (more.length > 0) throw ambiguous(text, meant);
  if (only) return only.id;
  if (isMachineID(text)) return text;
  throw new RequestError("machine-not-found", `no machine in the cluster has the ID, host name or address ${text}`);
}

export function ambiguous(text: string, meant: readonly MachineNames[]): RequestError {
  return new RequestError(
    "ambiguous-machine",
    `several machines are meant by ${text}; give more characters of the ID`,
    describeMachines(meant),
  );
}
