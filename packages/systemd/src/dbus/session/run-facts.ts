import type { RunFacts } from "../../run.ts";
import type { ChangedProperties } from "../wire/property-signal.ts";

/** The properties of a service that have the times and the end of its run, each with the interface that has it. */
export const RUN_TIMES = {
  InactiveExitTimestamp: "Unit",
  InactiveEnterTimestamp: "Unit",
  ExecMainStartTimestamp: "Service",
  ExecMainExitTimestamp: "Service",
  ExecMainCode: "Service",
  ExecMainStatus: "Service",
} as const;

/** The properties of a service that its runs are read from. */
export const RUN_PROPERTIES: readonly string[] = ["InvocationID", ...Object.keys(RUN_TIMES)];

type RunTime = keyof typeof RUN_TIMES;

/** The facts, and what tells the end of this run from that of the run before. */
export interface KnownRun extends RunFacts {
  /** InactiveEnterTimestamp as systemd last sent it, and as it was before this run. */
  readonly enteredAt: number;
  readonly enteredBefore: number;
}

const NO_RUN: KnownRun = {
  enteredAt: 0,
  enteredBefore: 0,
  invocation: "",
  activatedAt: 0,
  deactivatedAt: 0,
  mainStartedAt: 0,
  mainEndedAt: 0,
  code: "",
  status: 0,
};

/** CLD_EXITED, CLD_KILLED and CLD_DUMPED of waitid(2). */
const CODES: readonly RunFacts["code"][] = ["", "exited", "killed", "dumped"];

/**
 * Returns the facts of a run after a change of properties; the same object if nothing has changed.
 *
 * systemd sends the changes of a service before those of its unit, and the invocation ID of a run before the state in which
 * it begins. So the facts of a run come one after the other, and the time at which the unit became inactive may still be
 * that of the run before.
 */
export function runAfter(known: KnownRun | undefined, changed: ChangedProperties): KnownRun | undefined {
  const number = (name: RunTime): number | undefined => {
    const value = changed[name];
    return typeof value === "number" ? value : undefined;
  };
  const time = (name: RunTime): number | undefined => {
    const microseconds = number(name);
    return microseconds === undefined ? undefined : Math.floor(microseconds / 1_000);
  };
  const before = known ?? NO_RUN;
  const { InvocationID } = changed;
  // A unit that systemd has forgotten and loaded again has no invocation; its last run stays known.
  const isNamed = typeof InvocationID === "string" && InvocationID !== "";
  const invocation = isNamed ? InvocationID : before.invocation;
  const activatedAt = time("InactiveExitTimestamp") ?? before.activatedAt;
  const enteredAt = time("InactiveEnterTimestamp") ?? before.enteredAt;
  const enteredBefore = invocation === before.invocation ? before.enteredBefore : before.enteredAt;
  const code = number("ExecMainCode");
  const after: KnownRun = {
    invocation,
    activatedAt,
    deactivatedAt: enteredAt > enteredBefore && enteredAt >= activatedAt ? enteredAt : 0,
    mainStartedAt: time("ExecMainStartTimestamp") ?? before.mainStartedAt,
    mainEndedAt: time("ExecMainExitTimestamp") ?? before.mainEndedAt,
    code: code === undefined ? before.code : (CODES[code] ?? ""),
    status: number("ExecMainStatus") ?? before.status,
    enteredAt,
    enteredBefore,
  };
  const isSame = (Object.keys(after) as (keyof KnownRun)[]).every((field) => after[field] === before[field]);
  return isSame ? known : after;
}
