import type { FleetMachine, FleetUnit, MachineEntity, UnitEntity } from "@flotilla/api/client";
import { messageOf } from "@flotilla/runtime";
import { admitUnitFile, fileOfOptions, hashOptions, parseUnitName } from "@flotilla/unit";

type DesiredState = UnitEntity["desiredState"];

/** The step for one unit of the other cluster. */
export interface UnitStep {
  readonly unit: string;
  /**
   * create, replace: write its file; raise: write only its desired state; same: nothing to do; keep: a different unit
   * of this name exists and stays; refuse: this cluster does not accept the unit.
   */
  readonly action: "create" | "replace" | "raise" | "same" | "keep" | "refuse";
  /** The desired state in this cluster after the step; undefined for `refuse`. */
  readonly state?: DesiredState;
  readonly note?: string;
}

/** The step for some metadata of one machine. */
export interface MachineStep {
  readonly machine: string;
  /** set: write it; keep: this cluster has other values, which stay; absent: the machine is not in this cluster. */
  readonly action: "set" | "keep" | "absent";
  /** The values in the other cluster. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ImportSteps {
  readonly units: readonly UnitStep[];
  readonly machines: readonly MachineStep[];
}

/** The cluster to import from. */
export interface Source {
  readonly units: readonly FleetUnit[];
  readonly machines: readonly FleetMachine[];
}

export interface Destination {
  readonly units: readonly Pick<UnitEntity, "name" | "hash" | "desiredState">[];
  readonly machines: readonly Pick<MachineEntity, "id" | "metadata">[];
}

export interface ImportOptions {
  /** The highest desired state to set; undefined keeps the other cluster's. */
  readonly most: DesiredState | undefined;
  /** Whether to replace a different unit of the same name. */
  readonly replace: boolean;
}

const RANK = { inactive: 0, loaded: 1, launched: 2 } as const satisfies Record<DesiredState, number>;

/**
 * Computes the steps that bring `source` into `destination`. An import never removes or stops anything. It only raises
 * desired states, and replaces files only with `replace`, so it can be repeated.
 */
export function importSteps(source: Source, destination: Destination, options: ImportOptions): ImportSteps {
  const units = new Map(destination.units.map((unit) => [unit.name, unit]));
  const machines = new Map(destination.machines.map((machine) => [machine.id, machine]));
  return {
    units: source.units.map((unit) => unitStep(unit, units.get(unit.name), options)),
    machines: source.machines.flatMap((machine) => machineSteps(machine, machines.get(machine.id), options)),
  };
}

/** A unit file needs a section; a target may have an empty one, which the API does not show. */
const EMPTY_FILE = "[Unit]\n";

/**
 * The file with a unit's options. Comments and layout are lost, because fleet's API does not return them.
 *
 * @throws UnitOptionError for options that no file can express.
 */
export function fileOf({ options }: FleetUnit): string {
  return options.length === 0 ? EMPTY_FILE : fileOfOptions(options).text;
}

function unitStep(unit: FleetUnit, here: Destination["units"][number] | undefined, options: ImportOptions): UnitStep {
  const { name } = unit;
  const why = refusal(unit);
  if (why !== undefined) return { unit: name, action: "refuse", note: why };
  const state = lower(unit.desiredState, options.most ?? "launched");
  if (!here) return { unit: name, action: "create", state };
  const raised = RANK[state] > RANK[here.desiredState];
  const after = raised ? state : here.desiredState;
  if (hashOptions(unit.options) !== here.hash) {
    if (options.replace) return { unit: name, action: "replace", state: after };
    const note = "differs from the unit in this cluster; add --replace to override";
    return { unit: name, action: "keep", state: here.desiredState, note };
  }
  if (raised) return { unit: name, action: "raise", state, note: `${here.desiredState} in this cluster` };
  const stays = RANK[state] < RANK[here.desiredState] ? { note: `${unit.desiredState} there` } : {};
  return { unit: name, action: "same", state: after, ...stays };
}

/** The API does not say which metadata was set at run time; values of the machine's new fleet.conf take precedence. */
function machineSteps(
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

/** Why this cluster would refuse a unit that fleet accepted. */
function refusal(unit: FleetUnit): string | undefined {
  try {
    const { isTemplate } = parseUnitName(unit.name);
    if (isTemplate && unit.desiredState !== "inactive") return `a template cannot be ${unit.desiredState}`;
    admitUnitFile(unit.name, fileOf(unit));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function lower(one: DesiredState, other: DesiredState): DesiredState {
  return RANK[one] < RANK[other] ? one : other;
}
