import type { FleetMachine, FleetUnit, MachineEntity, UnitEntity } from "@flotilla/api/client";
import { messageOf } from "@flotilla/runtime";
import { admitUnitFile, hashOptions, parseUnitName, textOfOptions } from "@flotilla/unit";

type DesiredState = UnitEntity["desiredState"];

/** What is to be done about one unit of the other cluster. */
export interface UnitStep {
  readonly unit: string;
  /**
   * create, replace: its file is written; raise: its desired state alone; same: nothing to do; keep: another unit of
   * this name is here and stays; refuse: it cannot be taken.
   */
  readonly action: "create" | "replace" | "raise" | "same" | "keep" | "refuse";
  /** The desired state that it has here afterwards; none of what is refused. */
  readonly state?: DesiredState;
  readonly note?: string;
}

/** What is to be done about some of one machine's metadata. */
export interface MachineStep {
  readonly machine: string;
  /** set: it is written; keep: this cluster has other values, which stay; absent: the machine is not in it. */
  readonly action: "set" | "keep" | "absent";
  /** As the other cluster has it. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ImportPlan {
  readonly units: readonly UnitStep[];
  readonly machines: readonly MachineStep[];
}

/** One side of an import. */
export interface Source {
  readonly units: readonly FleetUnit[];
  readonly machines: readonly FleetMachine[];
}

export interface Destination {
  readonly units: readonly Pick<UnitEntity, "name" | "hash" | "desiredState">[];
  readonly machines: readonly Pick<MachineEntity, "id" | "metadata">[];
}

export interface ImportOptions {
  /** The most that a unit is brought to; undefined: what it has in the other cluster. */
  readonly most: DesiredState | undefined;
  /** Another unit of the same name here gives way. */
  readonly replace: boolean;
}

const HEIGHT = { inactive: 0, loaded: 1, launched: 2 } as const satisfies Record<DesiredState, number>;

/**
 * How to bring `source` into `destination`. Nothing is ever taken away or stopped there: a desired state is only
 * raised, and a unit's content replaced only where the options say so, so that an import can be repeated.
 */
export function planImport(source: Source, destination: Destination, options: ImportOptions): ImportPlan {
  const units = new Map(destination.units.map((unit) => [unit.name, unit]));
  const machines = new Map(destination.machines.map((machine) => [machine.id, machine]));
  return {
    units: source.units.map((unit) => planUnit(unit, units.get(unit.name), options)),
    machines: source.machines.flatMap((machine) => planMachine(machine, machines.get(machine.id), options)),
  };
}

/** A file must have a section; that of a target may have nothing in it, and the API shows options only. */
const EMPTY_FILE = "[Unit]\n";

/**
 * The file that a unit's options make: comments and layout are not in the API.
 *
 * @throws UnitOptionError for options that no file can hold.
 */
export function fileOf({ options }: FleetUnit): string {
  return options.length === 0 ? EMPTY_FILE : textOfOptions(options);
}

function planUnit(unit: FleetUnit, here: Destination["units"][number] | undefined, options: ImportOptions): UnitStep {
  const { name } = unit;
  const why = refusal(unit);
  if (why !== undefined) return { unit: name, action: "refuse", note: why };
  const state = lower(unit.desiredState, options.most ?? "launched");
  if (!here) return { unit: name, action: "create", state };
  const raised = HEIGHT[state] > HEIGHT[here.desiredState];
  const after = raised ? state : here.desiredState;
  if (hashOptions(unit.options) !== here.hash) {
    if (options.replace) return { unit: name, action: "replace", state: after };
    const note = "it differs from the unit of this name here; add --replace to override";
    return { unit: name, action: "keep", state: here.desiredState, note };
  }
  if (raised) return { unit: name, action: "raise", state, note: `it is ${here.desiredState} here` };
  const stays = HEIGHT[state] < HEIGHT[here.desiredState] ? { note: `it is ${unit.desiredState} there` } : {};
  return { unit: name, action: "same", state: after, ...stays };
}

/** The API does not say which metadata was set at run time; what is in the machine's new fleet.conf goes before it. */
function planMachine(
  { id: machine, metadata }: FleetMachine,
  here: Destination["machines"][number] | undefined,
  { replace }: ImportOptions,
): readonly MachineStep[] {
  const own = new Map(Object.entries(here?.metadata ?? {}));
  const only = (test: (own: string | undefined, value: string) => boolean): Record<string, string> =>
    Object.fromEntries(Object.entries(metadata).filter(([key, value]) => test(own.get(key), value)));
  const missing = only((own) => own === undefined);
  const others = only((own, value) => own !== undefined && own !== value);
  const steps: readonly MachineStep[] = !here
    ? [{ machine, action: "absent", metadata }]
    : replace
      ? [{ machine, action: "set", metadata: { ...missing, ...others } }]
      : [
          { machine, action: "set", metadata: missing },
          { machine, action: "keep", metadata: others },
        ];
  return steps.filter((step) => Object.keys(step.metadata).length > 0);
}

/** Why this cluster would not take a unit that fleet took. */
function refusal(unit: FleetUnit): string | undefined {
  try {
    const { isTemplate } = parseUnitName(unit.name);
    if (isTemplate && unit.desiredState !== "inactive") return `it is a template, and ${unit.desiredState} there`;
    admitUnitFile(unit.name, fileOf(unit));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function lower(one: DesiredState, other: DesiredState): DesiredState {
  return HEIGHT[one] < HEIGHT[other] ? one : other;
}
