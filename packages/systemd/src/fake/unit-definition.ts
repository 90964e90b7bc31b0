import { optionValues, parseUnitFile, triggeredUnitOf, type UnitOption } from "@flotilla/unit";

/** The options of a unit file that the fake systemd honours. */
export interface UnitDefinition {
  /** Units that a start of this unit starts too (Wants=, Requires=, BindsTo=; systemd.unit(5)). */
  readonly pullsIn: readonly string[];
  /** The units of `pullsIn` without which systemd refuses the start. */
  readonly requires: readonly string[];
  /** Units that stay loaded while this unit is loaded. */
  readonly refersTo: readonly string[];
  /** The unit that this timer, socket or path starts. */
  readonly triggers: string | undefined;
  /** Targets whose `.wants` directories get a link (WantedBy=). */
  readonly wantedBy: readonly string[];
  readonly hasInstall: boolean;
  readonly isReloadable: boolean;
  /** Some processes survive a stop (KillMode=none, KillMode=process). */
  readonly leavesProcesses: boolean;
  /** Whether the unit ends by itself and is inactive ("ends") or active ("remains", RemainAfterExit=) then. */
  readonly oneshot: "no" | "ends" | "remains";
  /** An assertion that never holds forbids every start. */
  readonly neverStarts: boolean;
  /** Restart= (systemd.service(5)). */
  readonly restart: string;
  /** RestartSec=, in milliseconds. */
  readonly restartMs: number;
  /** StartLimitBurst=, the number of starts within `startLimitMs`; 0 for no limit. */
  readonly startLimit: number;
  readonly startLimitMs: number;
}

/** The number of definitions to keep: more than one simulated history has. */
const MOST_KEPT = 1_000;

const kept = new Map<string, UnitDefinition>();

/** The definition in a unit file; without any option when the text is not a unit file. */
export function definitionOf(name: string, text: string): UnitDefinition {
  const key = `${name}\n${text}`;
  const known = kept.get(key);
  if (known) return known;
  if (kept.size >= MOST_KEPT) kept.clear();
  const definition = read(name, optionsOf(text));
  kept.set(key, definition);
  return definition;
}

function read(name: string, options: readonly UnitOption[]): UnitDefinition {
  const names = (...keys: readonly string[]): readonly string[] =>
    keys.flatMap((key) => optionValues(options, "Unit", key).flatMap((value) => value.split(/\s+/)));
  const last = (section: string, key: string): string | undefined => optionValues(options, section, key).at(-1);
  const triggers = triggeredUnitOf(name, options);
  const requires = names("Requires", "BindsTo");
  const pullsIn = [...names("Wants"), ...requires];
  const others = names("Requisite", "PartOf", "After", "Before", "Conflicts", "OnFailure", "OnSuccess");
  const isOneshot = last("Service", "Type") === "oneshot";
  const remains = ["yes", "true", "on", "1"].includes(last("Service", "RemainAfterExit") ?? "");
  return {
    pullsIn,
    requires,
    refersTo: [...pullsIn, ...others, ...(triggers === undefined ? [] : [triggers])],
    triggers,
    wantedBy: optionValues(options, "Install", "WantedBy").flatMap((value) => value.split(/\s+/)),
    hasInstall: options.some(({ section }) => section === "Install"),
    leavesProcesses: ["none", "process"].includes(last("Service", "KillMode") ?? ""),
    isReloadable: optionValues(options, "Service", "ExecReload").length > 0,
    oneshot: isOneshot ? (remains ? "remains" : "ends") : "no",
    neverStarts: optionValues(options, "Unit", "AssertPathExists").includes("!/"),
    restart: last("Service", "Restart") ?? "no",
    restartMs: milliseconds(last("Service", "RestartSec"), 100),
    startLimit: Number(last("Unit", "StartLimitBurst") ?? 5),
    startLimitMs: milliseconds(last("Unit", "StartLimitIntervalSec"), 10_000),
  };
}

function optionsOf(text: string): readonly UnitOption[] {
  try {
    return parseUnitFile(text).options;
  } catch {
    return [];
  }
}

/** A time span in seconds, or in milliseconds with "ms": the part of systemd.time(7) that tests use. */
function milliseconds(value: string | undefined, otherwise: number): number {
  const [, number, unit] = /^(\d+)\s*(ms|s)?$/.exec(value ?? "") ?? [];
  if (number === undefined) return otherwise;
  return Number(number) * (unit === "ms" ? 1 : 1_000);
}
