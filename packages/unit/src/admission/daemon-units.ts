import { parseBoolean } from "../boolean.ts";
import { assignedValues, readableValues } from "../option-values.ts";
import { expandSpecifiers } from "../specifier.ts";
import type { UnitOption } from "../unit-file.ts";
import { DaemonUnitError } from "./daemon-unit-error.ts";

/** The units that the daemon consists of on a host: what stands in `units/`. */
const DAEMON_UNITS = ["fleet.service", "fleet.socket", "fleet-guard.service", "fleet-leave.service"];

/** The host's units without which the daemon does not run: systemd makes each service require some of them. */
const FOUNDATIONS = [
  "basic.target",
  "sysinit.target",
  "system.slice",
  "-.slice",
  "-.mount",
  "dbus.service",
  "dbus-broker.service",
  "dbus.socket",
];

/** Options by which the start or the stop of a unit stops the named ones (systemd.unit(5)). */
const STOPPING = ["Conflicts", "PropagatesStopTo"];

/** Options that make the named units depend on this one, or give it their name. */
const BINDING = ["Alias", "Also", "RequiredBy", "WantedBy", "UpheldBy"];

/** Options that hand a socket's connections to a service: the daemon's belong to the daemon (systemd.socket(5)). */
const HANDING_OVER: readonly (readonly [string, string])[] = [
  ["Socket", "Service"],
  ["Service", "Sockets"],
];

/** The options by which a unit gets hold of the daemon's, each with its section. */
const TYING = [...BINDING.map((option) => ["Install", option] as const), ...HANDING_OVER];

/** Options whose job mode `isolate` stops every unit that the named ones do not need. */
const ISOLATING = [
  { names: "OnFailure", mode: "OnFailureJobMode" },
  { names: "OnSuccess", mode: "OnSuccessJobMode" },
] as const;

/** The options that are looked at here, by section: among thousands there are few of them. */
const READ: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["Unit", new Set([...STOPPING, ...ISOLATING.flatMap(({ names, mode }) => [names, mode]), "OnFailureIsolate"])],
  ["Install", new Set(BINDING)],
  ...HANDING_OVER.map(([section, option]) => [section, new Set([option])] as const),
]);

/**
 * Refuses a unit that could stop the daemon: wherever such a unit starts, its machine leaves the cluster, the unit
 * moves on, and machine after machine is lost. What a unit's programs do (`systemctl stop fleet`) cannot be seen.
 *
 * @param name the unit's, for itself and for its specifiers.
 * @throws DaemonUnitError naming the option and what to remove.
 */
export function refuseDaemonUnits(name: string, options: readonly UnitOption[]): void {
  const own = options.filter((option) => READ.get(option.section)?.has(option.name));
  if (DAEMON_UNITS.includes(name)) {
    throw new DaemonUnitError(`${name} is a unit of the daemon's own on each machine: choose another name.`);
  }
  for (const option of STOPPING) {
    const stopped = namedBy(name, own, "Unit", option).find(isNeeded);
    if (stopped === undefined) continue;
    throw new DaemonUnitError(
      `${option}=${stopped} in [Unit] would stop the daemon on each machine that ${name} runs on, and with it the ` +
        `machine's other units: remove ${stopped} from it.`,
    );
  }
  for (const [section, option] of TYING) {
    const bound = namedBy(name, own, section, option).find((unit) => DAEMON_UNITS.includes(unit));
    if (bound === undefined) continue;
    throw new DaemonUnitError(
      `${option}=${bound} in [${section}] ties the daemon of each machine to ${name}: remove ${bound} from it.`,
    );
  }
  refuseIsolation(name, own);
}

function refuseIsolation(name: string, options: readonly UnitOption[]): void {
  for (const { names, mode } of ISOLATING) {
    if (namedBy(name, options, "Unit", names).every((unit) => unit === "")) continue;
    const isolates = modeOf(options, mode) === "isolate" || (names === "OnFailure" && isOld(options));
    if (!isolates) continue;
    throw new DaemonUnitError(
      `${mode}=isolate in [Unit] stops every unit of the machine that ${names}= does not need, the daemon included: ` +
        `remove it, or write ${mode}=replace.`,
    );
  }
}

/** OnFailureIsolate= is the spelling before OnFailureJobMode=, which systemd still takes. */
function isOld(options: readonly UnitOption[]): boolean {
  return assignedValues(options, "Unit", "OnFailureIsolate").some((value) => parseBoolean(value) === true);
}

/** The modes of a job that systemd knows (systemctl(1), --job-mode=). */
const JOB_MODES = ["fail", "replace", "replace-irreversibly", "isolate", "flush", "ignore-dependencies"];

function modeOf(options: readonly UnitOption[], name: string): string | undefined {
  return readableValues(options, "Unit", name, (value) => JOB_MODES.includes(value)).at(-1);
}

function isNeeded(unit: string): boolean {
  return DAEMON_UNITS.includes(unit) || FOUNDATIONS.includes(unit);
}

/**
 * The units that an option names, in all of its assignments: an empty one does not take back the dependencies before
 * it. Some versions of systemd remove quotes here and some do not: both readings count.
 */
function namedBy(name: string, options: readonly UnitOption[], section: string, option: string): readonly string[] {
  const words = assignedValues(options, section, option).flatMap((value) => value.split(/[ \t]+/));
  return Array.from(new Set(words), (word) => expandSpecifiers(word.replaceAll(/["']/g, ""), name));
}
