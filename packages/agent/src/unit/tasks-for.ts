import type { Assignment } from "@flotilla/model";
import { isTrigger, type OnSecretChange } from "@flotilla/unit";
import type { LaunchRecord } from "../launch/launch-record.ts";
import { isStub, isUp, type Situation } from "./situation.ts";
import { stubTasks } from "../stubs/stub-tasks.ts";
import type { Task, TaskOf, TaskType } from "./task.ts";

/**
 * The ordered tasks that make one unit on this machine match its assignment; empty if it matches.
 * docs/concepts/states.md gives the reasons.
 */
export function tasksFor(situation: Situation): readonly Task[] {
  const { assignment, mirror, isNeeded } = situation;
  if (!assignment && mirror) return stubTasks(situation, mirror);
  // The leader is about to tell the unit's state elsewhere. Until then, what needs the unit must not be stopped.
  if (!assignment && isNeeded) return [];
  if (!assignment || assignment.stopping) return removalTasks(situation);
  // While the replacement is being started elsewhere, a running copy keeps running, and nothing is started.
  // mutation: leaving copy
  if (assignment.leaving) return [];
  const installing = installTasks(situation, assignment);
  const asked = runTasks(situation, assignment);
  const running = asked.filter(({ type }) => type === "stop" || mayStart(situation, type, installing.length > 0));
  // systemd loads the file as part of a start.
  const starts = running.some(({ type }) => type === "start" || type === "restart");
  const loading = starts ? [] : loadTasks(situation, assignment, installing.length > 0);
  return [...installing, ...secretTasks(situation, assignment), ...loading, ...running];
}

/** Why a due start or restart is delayed, if the delay may last; empty otherwise. */
export function whyDelayed(situation: Situation): string {
  const { assignment, waitsFor, isGuarded, isArmed, guardProblem = "" } = situation;
  const guarding = isGuarded === true && isArmed !== true ? guardProblem : "";
  const waiting = waitsFor?.problem ?? "";
  if ((guarding === "" && waiting === "") || !assignment || assignment.leaving || assignment.stopping) return "";
  const due = runTasks(situation, assignment).filter(({ type }) => type !== "stop");
  if (guarding !== "" && due.length > 0) return guarding;
  return due.some(({ type }) => hasToWait(situation, type)) ? waiting : "";
}

/**
 * Whether a start may happen now. A guarded unit starts only while the guard is armed (docs/concepts/exclusive.md). A
 * trigger starts only after its own file is installed, because that file may name the unit that the trigger waits for.
 */
function mayStart(situation: Situation, type: TaskType, isBeingInstalled: boolean): boolean {
  const { unit, isGuarded, isArmed } = situation;
  // mutation: guard before start
  if (isGuarded === true && isArmed !== true) return false;
  return !(isTrigger(unit) && isBeingInstalled) && !hasToWait(situation, type);
}

/** systemd does not refuse the start of a socket that already listens. */
function hasToWait({ managed, waitsFor }: Situation, type: TaskType): boolean {
  return waitsFor !== undefined && !(waitsFor.until === "stopped" && type === "start" && isUp(managed));
}

function removalTasks({ unit, managed, launch, isListed, isGuarded }: Situation): Task[] {
  const reason = "the unit is not assigned to this machine";
  const stop: Task = { type: "stop", unit, reason, record: undefined };
  const kill: Task = {
    type: "kill",
    unit,
    reason: "no process of an exclusive unit may run beside its copy elsewhere",
  };
  const isExclusive = isListed === true || isGuarded === true;
  const remove: Task[] = [...(isExclusive ? [kill] : []), { type: "remove", unit, reason }];
  // A start that was, or may have been, sent to systemd may not show in its signals yet.
  if (isUp(managed) || (launch && launch.phase !== "loaded")) return [stop, ...remove];
  // systemd can start a loaded unit even if its file is gone.
  return managed || launch || isListed === true ? remove : [];
}

/** The tasks that install the right file and make systemd read it. */
function installTasks({ unit, file, launch, isGuardOutdated }: Situation, { digest }: Assignment): Task[] {
  if (file?.digest === digest && launch?.digest === digest) {
    if (!isGuardOutdated) return [];
    return [{ type: "reload", unit, isForced: true, reason: "the guard's drop-in has changed" }];
  }
  const write = (reason: string): Task => ({ type: "write", unit, digest, reason });
  const reason = "the unit file is new to systemd";
  // A reload also reads links that were created or removed.
  const tell: Task[] = [
    { type: "enable", unit, reason },
    { type: "reload", unit, reason },
  ];
  if (!file) return [write("the unit is assigned to this machine"), ...tell];
  return file.digest === digest ? tell : [write("the unit file has changed"), ...tell];
}

/**
 * A unit whose file is installed has copies of its secrets, at least as new as the assignment says. A file is installed
 * only after its secrets were read, so that systemd cannot start the unit without them.
 */
function secretTasks({ unit, file, secrets: held }: Situation, { secrets, digest }: Assignment): Task[] {
  const names = file?.digest === digest ? (file.secrets?.names ?? []) : [];
  if (names.length === 0) return [];
  const isMissing = names.some((name) => held?.has(name) !== true);
  if (!isMissing && Math.max(...(held?.values() ?? [])) >= secrets) return [];
  return [{ type: "fetch", unit, reason: isMissing ? "a copy of a secret is missing" : "a secret has a new version" }];
}

function loadTasks({ unit, managed }: Situation, { digest, since, restart }: Assignment, installed: boolean): Task[] {
  if (!installed && managed && !isStub(managed)) return [];
  const reason = installed ? "the unit file is new to systemd" : "systemd has not loaded the unit";
  return [{ type: "load", unit, reason, digest, since, restart }];
}

function runTasks(situation: Situation, assignment: Assignment): Task[] {
  switch (assignment.desired) {
    case "loaded":
      return stopLaunched(situation, assignment);
    case "launched":
      return launchTasks(situation, assignment);
    default:
      return assignment.desired satisfies never;
  }
}

/** Stops only units that the agent has started: a loaded service may run because of its timer or socket. */
function stopLaunched({ unit, launch }: Situation, { since, digest, restart }: Assignment): Task[] {
  if (!launch || launch.phase === "loaded") return [];
  const isStandIn = launch.phase === "mirrored";
  const record: LaunchRecord = { since, digest, hash: "", phase: "loaded", restart, problem: "" };
  return [{ type: "stop", unit, reason: "the desired state is loaded", record, ...(isStandIn && { alone: true }) }];
}

function launchTasks(situation: Situation, { since, digest, hash, restart: request, secrets }: Assignment): Task[] {
  const { unit, managed, launch: known, stopsFor } = situation;
  const newest = secrets > 0 ? { secrets } : {};
  const record: LaunchRecord = { since, digest, hash, phase: "launched", restart: request, problem: "", ...newest };
  const start = (reason: string): TaskOf<"start"> => ({ type: "start", unit, reason, record });
  const restart = (reason: string): TaskOf<"restart"> => ({ type: "restart", unit, reason, record });
  const isAsked = known?.since === since && known.restart < request;
  if (known?.since === since && (known.phase === "launched" || known.phase === "replacing")) {
    if (stopsFor !== undefined) {
      const reason = `${stopsFor} can start only while this unit is stopped; the unit starts again afterwards`;
      return [{ type: "stop", unit, reason, stopsFor, record: { ...record, hash: "", phase: "loaded" } }];
    }
    if (isAsked) return [restart("a restart was requested")];
    return known.hash === hash ? tellTasks(situation, known, secrets) : [restart("the unit's options have changed")];
  }
  if (known?.phase === "mirrored" && isUp(managed))
    return [{ ...restart("the unit takes the place of its stub"), alone: true }];
  if (known?.phase === "restarting") return [restart("an earlier restart may not have happened")];
  if (isUp(managed) && startedWith(situation) !== hash) return [restart("the unit runs with other options")];
  if (isUp(managed) && isAsked) return [restart("a restart was requested")];
  if (isUp(managed) && hasNewSecrets(known, secrets) && policyOf(situation) === "restart") return [restart(NEW_SECRET)];
  return [
    start(known?.phase === "starting" ? "an earlier start may not have happened" : "the desired state is launched"),
  ];
}

const NEW_SECRET = "a secret has a new version";

/** A unit that does not run, such as a finished oneshot, gets the new version at its next start. */
function tellTasks(situation: Situation, known: LaunchRecord, secrets: number): Task[] {
  const { unit, managed } = situation;
  if (!hasNewSecrets(known, secrets)) return [];
  const record: LaunchRecord = { ...known, secrets };
  const policy = policyOf(situation);
  if (isUp(managed) && policy === "restart") return [{ type: "restart", unit, reason: NEW_SECRET, record }];
  const reloads = policy === "reload" && managed?.activeState === "active";
  return [{ type: "tell", unit, reason: NEW_SECRET, record, reloads }];
}

function hasNewSecrets(known: LaunchRecord | undefined, secrets: number): boolean {
  return known !== undefined && known.phase !== "loaded" && (known.secrets ?? 0) < secrets;
}

function policyOf({ file }: Situation): OnSecretChange {
  return file?.secrets?.onChange ?? "restart";
}

/** The hash of the options that a running unit was started with. */
function startedWith({ file, launch }: Situation): string | undefined {
  return launch && launch.phase !== "loaded" ? launch.hash : file?.hash;
}
