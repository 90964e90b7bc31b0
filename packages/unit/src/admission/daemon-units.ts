import { parseBoolean } from "../boolean.ts";
import { assignedValues, readableValues } from "../option-values.ts";
import type { UnitOption } from "../unit-file.ts";
import { type Act, type ActOn, actsOf } from "./acts.ts";
import { DaemonUnitError } from "./daemon-unit-error.ts";

/** The daemon's units on a host, shipped in `units/`. */
const DAEMON_UNITS = ["fleet.service", "fleet.socket", "fleet-guard.service", "fleet-leave.service"];

/** The host's units that the daemon needs to run. systemd makes each service require some of them. */
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

/** Targets whose start stops nearly every unit of the host without a reboot (systemd.special(7)). */
const STOPPING_TARGETS = ["shutdown.target", "umount.target", "final.target"];

/** The refused acts, with the units that each must not name and the reason. */
const REFUSED: Partial<Record<Act, readonly { readonly of: readonly string[]; readonly why: Why }[]>> = {
  stops: [{ of: [...DAEMON_UNITS, ...FOUNDATIONS], why: stopsTheDaemon }],
  starts: [
    { of: DAEMON_UNITS, why: () => "would start a daemon that is stopped for maintenance" },
    { of: STOPPING_TARGETS, why: stopsTheDaemon },
  ],
  reloads: [
    { of: DAEMON_UNITS, why: (unit) => `would reload the daemon on each machine whenever ${unit} is reloaded` },
  ],
  ties: [{ of: DAEMON_UNITS, why: (unit) => `would tie the daemon on each machine to ${unit}` }],
  delays: [{ of: DAEMON_UNITS, why: (unit) => `would prevent the daemon from starting while ${unit} starts or stops` }],
};

type Why = (unit: string) => string;

function stopsTheDaemon(unit: string): string {
  return `would stop the daemon, and the machine's other units with it, wherever ${unit} runs`;
}

/**
 * Refuses a unit that could stop the daemon or change how the daemon runs. Such a unit may make its machine leave the
 * cluster; the unit then moves to the next machine, and the cluster loses machine after machine. A unit file does not
 * show what the unit's programs do (`systemctl stop fleet`).
 *
 * @param name the unit's name, which is checked too, and expands specifiers.
 * @throws DaemonUnitError naming the option and what to remove.
 */
export function refuseDaemonUnits(name: string, options: readonly UnitOption[]): void {
  if (DAEMON_UNITS.includes(name)) {
    throw new DaemonUnitError(`${name} is one of the daemon's own units on each machine; choose another name`);
  }
  for (const { act, section, option, unit } of actsOf(name, options)) {
    const refused = REFUSED[act]?.find(({ of }) => of.includes(unit));
    if (!refused) continue;
    throw new DaemonUnitError(`${option}=${unit} in [${section}] ${refused.why(name)}; remove ${unit} from the option`);
  }
  refuseJobModes(options);
}

/** Tells whether an act names one of the daemon's units. */
export function isOnDaemon({ unit }: ActOn): boolean {
  return DAEMON_UNITS.includes(unit);
}

/** Options whose job mode may affect all units and jobs of the host. */
const JOB_MODE_OPTIONS = [
  { names: "OnFailure", mode: "OnFailureJobMode" },
  { names: "OnSuccess", mode: "OnSuccessJobMode" },
] as const;

/** systemd's job modes (systemctl(1), `--job-mode=`). */
const JOB_MODES = ["fail", "replace", "replace-irreversibly", "isolate", "flush", "ignore-dependencies"];

function refuseJobModes(options: readonly UnitOption[]): void {
  for (const { names, mode } of JOB_MODE_OPTIONS) {
    if (assignedValues(options, "Unit", names).every((value) => value === "")) continue;
    const value = readableValues(options, "Unit", mode, (word) => JOB_MODES.includes(word)).at(-1);
    const isOld = names === "OnFailure" && isolatesAsOf(options);
    if (value === "flush") {
      throw new DaemonUnitError(
        `${mode}=flush in [Unit] would cancel every job on the machine, including a start of the daemon; ` +
          `remove ${mode}=, or write ${mode}=replace`,
      );
    }
    if (value !== "isolate" && !isOld) continue;
    throw new DaemonUnitError(
      `${mode}=isolate in [Unit] would stop every unit that ${names}= does not need, including the daemon; ` +
        `remove ${mode}=, or write ${mode}=replace`,
    );
  }
}

/** OnFailureIsolate= is the older form of OnFailureJobMode=isolate, which systemd still accepts. */
function isolatesAsOf(options: readonly UnitOption[]): boolean {
  return assignedValues(options, "Unit", "OnFailureIsolate").some((value) => parseBoolean(value) === true);
}
