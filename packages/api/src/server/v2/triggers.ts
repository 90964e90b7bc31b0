import { type ClusterSnapshot, type MachineID, placesOf } from "@flotilla/model";
import { globMatcher } from "@flotilla/unit";
import type { SocketsAnswer, TimersAnswer } from "../../contract/v2/requests.ts";
import type { v2Routes } from "../../contract/v2/routes.ts";
import type { Outcome } from "../answer.ts";
import { type ApiContext, readCluster } from "../context.ts";
import { MachineUnreachableError } from "../ports.ts";
import type { Checked } from "./bound-route.ts";

export async function listTimers(
  context: ApiContext,
  { query, signal }: Checked<typeof v2Routes.listTimers>,
): Promise<Outcome> {
  const ask = (machineID: MachineID) => context.inspector.timers(machineID, signal);
  const { rows, unreachable } = await triggersOf(context, { suffix: ".timer", glob: query.name, ask }, signal);
  const timers = rows.map(({ unit, machineID, found }): TimersAnswer["timers"][number] => ({
    unit,
    ...(found && { activates: found.activates }),
    ...(machineID !== undefined && { machineID }),
    ...(found?.next !== undefined && { next: new Date(found.next).toISOString() }),
    ...(found?.last !== undefined && { last: new Date(found.last).toISOString() }),
  }));
  return { status: 200, json: { timers, unreachable } };
}

export async function listSockets(
  context: ApiContext,
  { query, signal }: Checked<typeof v2Routes.listSockets>,
): Promise<Outcome> {
  const ask = (machineID: MachineID) => context.inspector.sockets(machineID, signal);
  const { rows, unreachable } = await triggersOf(context, { suffix: ".socket", glob: query.name, ask }, signal);
  const sockets = rows.map(({ unit, machineID, found }): SocketsAnswer["sockets"][number] => ({
    unit,
    activates: [...(found?.activates ?? [])],
    ...(machineID !== undefined && { machineID }),
    listens: [...(found?.listens ?? [])],
  }));
  return { status: 200, json: { sockets, unreachable } };
}

interface Question<Report> {
  readonly suffix: ".timer" | ".socket";
  readonly glob: string | undefined;
  /** @throws MachineUnreachableError if the machine does not answer. */
  readonly ask: (machineID: MachineID) => Promise<readonly Report[]>;
}

/** A wanted unit at one of its places; undefined without one. */
interface Place {
  readonly unit: string;
  readonly machineID: MachineID | undefined;
}

interface Answers<Report> {
  readonly rows: readonly (Place & { readonly found: Report | undefined })[];
  readonly unreachable: { machineID: MachineID; message: string }[];
}

/** Asks each machine that has such a unit, once. A machine that does not answer does not hide the others. */
async function triggersOf<Report extends { readonly unit: string }>(
  context: ApiContext,
  { suffix, glob, ask }: Question<Report>,
  signal: AbortSignal,
): Promise<Answers<Report>> {
  const matches = glob === undefined ? () => true : globMatcher(glob);
  const isMeant = (name: string): boolean => name.endsWith(suffix) && matches(name);
  const places = await readCluster(context, signal, (snapshot) => wantedPlaces(snapshot, isMeant));
  const machines = [...new Set(places.flatMap(({ machineID }) => machineID ?? []))];
  const found = new Map<string, Report>();
  const unreachable: Answers<Report>["unreachable"] = [];
  const askOne = async (machineID: MachineID): Promise<void> => {
    try {
      for (const report of await context.statuses.run(() => ask(machineID), signal))
        found.set(keyOf({ unit: report.unit, machineID }), report);
    } catch (error) {
      if (!(error instanceof MachineUnreachableError)) throw error;
      unreachable.push({ machineID, message: error.message });
    }
  };
  await Promise.all(machines.map(askOne));
  return { rows: places.map((place) => ({ ...place, found: found.get(keyOf(place)) })), unreachable };
}

function wantedPlaces(snapshot: ClusterSnapshot, isMeant: (name: string) => boolean): readonly Place[] {
  const units = [...snapshot.units.values()].filter(({ name, desired }) => desired !== "inactive" && isMeant(name));
  const places = units.flatMap(({ name: unit }): Place[] => {
    const at = placesOf(snapshot, unit).map(({ machineID }) => ({ unit, machineID }));
    return at.length > 0 ? at : [{ unit, machineID: undefined }];
  });
  return places.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Sorts by unit, then machine. */
function keyOf({ unit, machineID = "" }: Place): string {
  return `${unit} ${machineID}`;
}
