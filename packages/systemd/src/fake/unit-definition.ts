import { optionValues, parseUnitFile, triggeredUnitOf, type UnitOption } from "@flotilla/unit";

/** What the fake systemd reads in a unit file. */
export interface UnitDefinition {
  /** Units that a start of this one starts too (Wants=, Requires=, BindsTo=; systemd.unit(5)). */
  readonly pullsIn: readonly string[];
  /** Of those, the ones without which systemd refuses the start. */
  readonly requires: readonly string[];
  /** Units that stay loaded while this one does. */
  readonly refersTo: readonly string[];
  /** The unit that this timer, socket or path starts. */
  readonly triggers: string | undefined;
  /** Targets whose `.wants` directories a link is put into (WantedBy=). */
  readonly wantedBy: readonly string[];
  readonly hasInstall: boolean;
  readonly isReloadable: boolean;
  /** Some processes outlast a stop (KillMode=none, KillMode=process). */
  readonly leavesProcesses: boolean;
  /** Ends by itself, and counts as inactive then, or as active. */
  readonly oneshot: "no" | "ends" | "remains";
  /** It asserts what never holds. */
  readonly isBarred: boolean;
  /** Restart= (systemd.service(5)). */
  readonly restart: string;
  /** RestartSec=, milliseconds. */
  readonly restartMs: number;
  /** StartLimitBurst=, starts in `startLimitMs`; 0 for as many as one likes. */
  readonly startLimit: number;
  readonly startLimitMs: number;
}

/** More texts than a history has; read again after that. */
const MOST_KEPT = 1_000;

const kept = new Map<string, UnitDefinition>();

/** A text that is no unit file defines a unit of which nothing is set. */
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
    isBarred: optionValues(options, "Unit", "AssertPathExists").includes("!/"),
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

/** A number of seconds, or of milliseconds with "ms": as much of systemd.time(7) as tests use. */
function milliseconds(value: string | undefined, otherwise: number): number {
  const [, number, unit] = /^(\d+)\s*(ms|s)?$/.exec(value ?? "") ?? [];
  if (number === undefined) return otherwise;
  return Number(number) * (unit === "ms" ? 1 : 1_000);
}
