import { type Attempts, isStarted, metadataValuesOf, type UnitState } from "@flotilla/model";
import { isTrigger, matchesGlob, meetsExpression, type Requirements } from "@flotilla/unit";
import { isOutOfUse } from "../invariants/drained-stay-empty.ts";
import { EXCLUSIVE_TRIGGERS, TRIGGERS } from "../clients/unit-files.ts";
import type { StoredAssignment, StoredUnit } from "../world/records.ts";
import type { World } from "../world/world.ts";

/** Every unit that should be placed has an up-to-date place if a machine can take it. No other unit has a place. */
export function placed(world: World): string | undefined {
  const { reading } = world;
  const units = new Map(reading.units().map((unit) => [unit.name, unit]));
  for (const assignment of reading.assignments()) {
    const unit = units.get(assignment.unit);
    const name = world.nameOf(assignment.machineID);
    if (!unit || unit.desired === "inactive") return `${assignment.unit} is on ${name}, but should have no place`;
    const isHeldThere = isHeld(world, unit.name) && reading.requirementsOf(unit).global;
    if (assignment.leaving && !isHeldThere && isStartedElsewhere(world, assignment.unit))
      return `the copy of ${assignment.unit} on ${name} is still there`;
    if (assignment.stopping) return `${assignment.unit} is still stopping on ${name}`;
    // Running copies keep running: docs/decisions/0042-a-global-unit-spares-a-machine.md.
    if (isHeldThere && unit.desired === "launched") continue;
    if (!assignment.leaving && !isUpToDate(assignment, unit))
      return `${unit.name} has an outdated assignment on ${name}`;
  }
  for (const unit of units.values()) {
    const wrong = unit.desired === "inactive" ? undefined : (missing(world, unit) ?? restarting(world, unit));
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** Whether a new copy has started. The leaving copy stays if the new copies have failed. */
function isStartedElsewhere({ reading, ledger }: World, unit: string): boolean {
  return reading
    .placesOf(unit)
    .filter(({ leaving }) => !leaving)
    .map(({ machineID }) => ledger.entries.get(`state/${machineID}/${unit}`))
    .some((entry) => entry && isStarted(JSON.parse(entry.value) as UnitState));
}

function isUpToDate(assignment: StoredAssignment, unit: StoredUnit): boolean {
  return assignment.digest === unit.digest && assignment.desired === unit.desired && assignment.hash === unit.hash;
}

function missing(world: World, unit: StoredUnit): string | undefined {
  const requirements = world.reading.requirementsOf(unit);
  const places = world.reading.placesOf(unit.name).filter(({ leaving }) => !leaving);
  if (!requirements.global) {
    if (places.length > 1) return `${unit.name} has ${places.length} places`;
    if (places.length === 1) return undefined;
  }
  if (isHeld(world, unit.name)) return undefined;
  // The scheduler's own tests check places that depend on other units.
  if (requirements.machineOf.length + requirements.replaces.length > 0 || isLinked(unit.name)) return undefined;
  for (const { host } of world.machines) {
    const id = host.options.machineID;
    const isThere = places.some(({ machineID }) => machineID === id);
    const mayBeThere = fits(world, unit.name, requirements, id);
    if (mayBeThere && !isThere) return `${unit.name} is not on ${host.options.name}, which could take it`;
  }
  return undefined;
}

/**
 * The copies of a global unit restart one after the other. The spared copy restarts last, once another has outlived its
 * restart. If a copy does not come up, the restart ends.
 */
function restarting(world: World, unit: StoredUnit): string | undefined {
  const { reading, ledger } = world;
  if (unit.desired !== "launched" || unit.restart === 0 || !reading.requirementsOf(unit).global) return undefined;
  if (isHeld(world, unit.name)) return undefined;
  const copies = reading.placesOf(unit.name).filter(({ machineID }) => ledger.entries.has(`machine/${machineID}`));
  const told = copies.filter(({ restart }) => restart === unit.restart);
  const isUp = told.every(({ machineID }) => {
    const entry = ledger.entries.get(`state/${machineID}/${unit.name}`);
    const state = entry && (JSON.parse(entry.value) as UnitState);
    return state?.restarted === unit.restart && isStarted(state);
  });
  return isUp && told.length < copies.length ? `${unit.name} is restarting` : undefined;
}

/**
 * Whether the unit is held because machines were lost right after they were asked to start it. A held unit waits for
 * another request.
 */
function isHeld({ ledger, reading }: World, name: string): boolean {
  const entry = ledger.entries.get(`attempts/${name}`);
  const known = entry && (JSON.parse(entry.value) as Attempts);
  if (known?.unitRevision !== ledger.entries.get(`unit/${name}`)?.modRevision) return false;
  const losses = known?.failed.filter(({ lost }) => lost === true).length ?? 0;
  const unit = reading.units().find((each) => each.name === name);
  // A unit that may be the cause of losses does not start on the last machine.
  const mostBeforeTheLast = unit && reading.requirementsOf(unit).global ? 1 : 2;
  return losses >= 3 || (losses >= mostBeforeTheLast && ledger.under("machine/").length < 2);
}

/** Whether the unit is a trigger or has one. Both go to the same machine. */
function isLinked(name: string): boolean {
  const stem = name.slice(0, name.lastIndexOf("."));
  return isTrigger(name) || [...TRIGGERS, ...EXCLUSIVE_TRIGGERS].some((trigger) => trigger.startsWith(`${stem}.`));
}

function fits(world: World, name: string, requirements: Requirements, machineID: string): boolean {
  const { reading } = world;
  if (isOutOfUse(world, machineID, 0)) return false;
  const metadata = reading.metadataOf(machineID);
  if (requirements.machineID !== undefined && requirements.machineID !== machineID) return false;
  if (!requirements.metadata.every((each) => meetsExpression(each, metadataValuesOf({ metadata }, each.key))))
    return false;
  const units = new Map(reading.units().map((unit) => [unit.name, unit]));
  return reading.assignmentsOn(machineID).every(({ unit: other, leaving }) => {
    if (other === name || leaving) return true;
    const stored = units.get(other);
    const its = stored && reading.requirementsOf(stored);
    const inConflict =
      requirements.conflicts.some((glob) => matchesGlob(glob, other)) ||
      its?.conflicts.some((glob) => matchesGlob(glob, name)) ||
      its?.replaces.some((glob) => matchesGlob(glob, name));
    return inConflict !== true;
  });
}
