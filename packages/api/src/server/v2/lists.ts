import { type ClusterSnapshot, troublesOf, type Unit } from "@flotilla/model";
import { globMatcher } from "@flotilla/unit";
import type { v2Routes } from "../../contract/v2/routes.ts";
import type { Outcome } from "../answer.ts";
import { liveStates, liveStatesOf, stateKey } from "../cluster-reads.ts";
import { type ApiContext, readCluster } from "../context.ts";
import { longList } from "../long-list.ts";
import { pageOf } from "../page.ts";
import type { Checked } from "./bound-route.ts";
import { meantMachine } from "./meant-machine.ts";
import { awayMachinesOf, machineDetailsOf } from "./machine-details.ts";
import { holdEntityOf, machineEntityOf, stateEntityOf, unitEntityOf } from "./unit-entity.ts";
import { showUnits } from "./unit-reasons.ts";

/** The most assignments and states in a page of units: a global unit has one of each on every machine. */
const MOST_PLACES = 10_000;

/** Names that are matched with a glob in one turn; the longest name takes 70 microseconds. */
const NAMES_AT_ONCE = 100;

export async function listUnits(
  context: ApiContext,
  { query, signal }: Checked<typeof v2Routes.listUnits>,
): Promise<Outcome> {
  const matches = query.name === undefined ? () => true : await nameMatcher(context, query.name, signal);
  const select = (snapshot: ClusterSnapshot) => {
    const isMeant = (unit: Unit): boolean => !query.troubled || troublesOf(snapshot, unit).length > 0;
    const units = snapshot.units.values().filter((unit) => matches(unit.name) && isMeant(unit));
    const request = { kind: "units", limit: query.limit, token: query.pageToken } as const;
    const weight = { of: (unit: Unit) => placesOf(snapshot, unit), most: MOST_PLACES };
    // A watch from this revision on shows the changes made while the reasons are computed.
    return { ...pageOf(units, ({ name }) => name, request, weight), revision: snapshot.revision };
  };
  return showUnits(context, signal, select, (snapshot, { items, revision, ...rest }, reasonsOf): Outcome => {
    const entities = items.map((unit) => unitEntityOf(snapshot, unit, reasonsOf));
    const list = longList({ field: "units", items: entities, entityOf: (entity) => entity, rest });
    return { status: 200, list, revision };
  });
}

function placesOf({ assignments, states }: ClusterSnapshot, { name }: Unit): number {
  return 1 + (assignments.get(name)?.size ?? 0) + (states.get(name)?.size ?? 0);
}

/** Returns a matcher that has matched all present names in turns, and matches later names when called. */
async function nameMatcher(context: ApiContext, glob: string, signal: AbortSignal): Promise<(name: string) => boolean> {
  const matches = globMatcher(glob);
  const names = await context.cluster.with(async (reader) => [...(await reader.latest(signal)).units.keys()]);
  const known = new Map<string, boolean>();
  for (let from = 0; from < names.length; from += NAMES_AT_ONCE) {
    await context.intake.turns.run(() => {
      for (const name of names.slice(from, from + NAMES_AT_ONCE)) known.set(name, matches(name));
    }, signal);
  }
  return (name) => known.get(name) ?? matches(name);
}

export function listStates(
  context: ApiContext,
  { query, signal }: Checked<typeof v2Routes.listStates>,
): Promise<Outcome> {
  return readCluster(context, signal, (snapshot) => {
    const ofUnit = query.unitName === undefined ? liveStates(snapshot) : liveStatesOf(snapshot, query.unitName);
    const wanted = query.machineID === undefined ? undefined : meantMachine(snapshot, query.machineID);
    const states = ofUnit.filter(({ machineID }) => wanted === undefined || machineID === wanted);
    const request = { kind: "states", limit: query.limit, token: query.pageToken } as const;
    const { items, ...rest } = pageOf(states, stateKey, request);
    const list = longList({ field: "states", items, entityOf: stateEntityOf, rest });
    return { status: 200, list, revision: snapshot.revision };
  });
}

export async function listMachines(
  context: ApiContext,
  { query, signal }: Checked<typeof v2Routes.listMachines>,
): Promise<Outcome> {
  const isFirst = query.pageToken === undefined;
  const members = query.details && isFirst ? await context.memberships.list(signal) : undefined;
  return readCluster(context, signal, (snapshot) => {
    const request = { kind: "machines", limit: query.limit, token: query.pageToken } as const;
    const { items, ...next } = pageOf(snapshot.machines.values(), ({ id }) => id, request);
    const machines = items.map((machine) => ({
      ...machineEntityOf(snapshot, machine, context.machineID),
      ...(query.details && machineDetailsOf(snapshot, machine)),
    }));
    const away = members && { away: awayMachinesOf(snapshot, members) };
    const hold = snapshot.attendance.hold && { hold: holdEntityOf(snapshot.attendance.hold) };
    const list = longList({
      field: "machines",
      items: machines,
      entityOf: (entity) => entity,
      rest: { ...hold, ...away, ...next },
    });
    return { status: 200, list, revision: snapshot.revision };
  });
}
