import { parseBoolean } from "../boolean.ts";
import { assignedValues, readableValues } from "../option-values.ts";
import type { UnitOption } from "../unit-file.ts";
import { type Act, type ActOn, actsOf } from "./acts.ts";
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

/** Their start stops nearly every unit of the host, and does not end in a reboot (systemd.special(7)). */
const STOPPING_TARGETS = ["shutdown.target", "umount.target", "final.target"];

/** What is refused: by act, of which units, and what comes of it. */
const REFUSED: Partial<Record<Act, readonly { readonly of: readonly string[]; readonly why: Why }[]>> = {
  stops: [{ of: [...DAEMON_UNITS, ...FOUNDATIONS], why: stopsTheDaemon }],
  starts: [
    { of: DAEMON_UNITS, why: () => "starts the daemon, also while it is stopped for maintenance" },
    { of: STOPPING_TARGETS, why: stopsTheDaemon },
  ],
  reloads: [{ of: DAEMON_UNITS, why: (unit) => `reloads the daemon of each machine whenever ${unit} is reloaded` }],
  ties: [{ of: DAEMON_UNITS, why: (unit) => `ties the daemon of each machine to ${unit}` }],
  delays: [
    { of: DAEMON_UNITS, why: (unit) => `keeps the daemon from starting for as long as ${unit} starts or stops` },
  ],
};

type Why = (unit: string) => string;

function stopsTheDaemon(unit: string): string {
  return `would stop the daemon on each machine that ${unit} runs on, and with it the machine's other units`;
}

/**
 * Refuses a unit that could stop the daemon, or change how it runs: wherever such a unit starts, its machine may leave
 * the cluster, the unit moves on, and machine after machine is lost. What a unit's programs do (`systemctl stop fleet`)
 * cannot be seen.
 *
 * @param name the unit's, for itself and for its specifiers.
 * @throws DaemonUnitError naming the option and what to remove.
 */
export function refuseDaemonUnits(name: string, options: readonly UnitOption[]): void {
  if (DAEMON_UNITS.includes(name)) {
    throw new DaemonUnitError(`${name} is a unit of the daemon's own on each machine: choose another name.`);
  }
  for (const { act, section, option, unit } of actsOf(name, options)) {
    const refused = REFUSED[act]?.find(({ of }) => of.includes(unit));
    if (!refused) continue;
    throw new DaemonUnitError(`${option}=${unit} in [${section}] ${refused.why(name)}: remove ${unit} from it.`);
  }
  refuseJobModes(options);
}

/** Whether the act is on one of the daemon's own units. */
export function isOnDaemon({ unit }: ActOn): boolean {
  return DAEMON_UNITS.includes(unit);
}

/** Options whose job mode says what becomes of the host's other units and their jobs. */
const JOB_MODE_OPTIONS = [
  { names: "OnFailure", mode: "OnFailureJobMode" },
  { names: "OnSuccess", mode: "OnSuccessJobMode" },
] as const;

/** The modes of a job that systemd knows (systemctl(1), --job-mode=). */
const JOB_MODES = ["fail", "replace", "replace-irreversibly", "isolate", "flush", "ignore-dependencies"];

function refuseJobModes(options: readonly UnitOption[]): void {
  for (const { names, mode } of JOB_MODE_OPTIONS) {
    if (assignedValues(options, "Unit", names).every((value) => value === "")) continue;
    const value = readableValues(options, "Unit", mode, (word) => JOB_MODES.includes(word)).at(-1);
    const isOld = names === "OnFailure" && isolatesAsOf(options);
    if (value === "flush") {
      throw new DaemonUnitError(
        `${mode}=flush in [Unit] cancels every job of the machine, a start of the daemon included: ` +
          `remove it, or write ${mode}=replace.`,
      );
    }
    if (value !== "isolate" && !isOld) continue;
    throw new DaemonUnitError(
      `${mode}=isolate in [Unit] stops every unit of the machine that ${names}= does not need, the daemon included: ` +
        `remove it, or write ${mode}=replace.`,
    );
  }
}

/** OnFailureIsolate= is the spelling before OnFailureJobMode=, which systemd still takes. */
function isolatesAsOf(options: readonly UnitOption[]): boolean {
  return assignedValues(options, "Unit", "OnFailureIsolate").some((value) => parseBoolean(value) === true);
}
