import type { Assignment } from "@flotilla/model";
import { isTrigger } from "@flotilla/unit";
import type { LaunchRecord } from "../launch/launch-record.ts";
import { isStub, isUp, type Situation } from "./situation.ts";
import type { Task, TaskOf, TaskType } from "./task.ts";

/**
 * The tasks, in order, that make one unit on this machine match its assignment; none when it does.
 * Reasons in docs/concepts/states.md.
 */
export function plan(situation: Situation): readonly Task[] {
  const { assignment } = situation;
  if (!assignment || assignment.stopping) return clearAway(situation);
  // Its replacement is on its way elsewhere: what runs may run on, and nothing is begun.
  // mutation: leaving copy
  if (assignment.leaving) return [];
  const placing = place(situation, assignment);
  const asked = run(situation, assignment);
  const running = asked.filter(({ type }) => type === "stop" || mayStart(situation, type, placing.length > 0));
  // A start has systemd load the file by itself.
  const starts = running.some(({ type }) => type === "start" || type === "restart");
  const loading = starts ? [] : load(situation, assignment, placing.length > 0);
  return [...placing, ...loading, ...running];
}

/** Why a start or restart that is due is not made, for people, where that may last; empty otherwise. */
export function whyHeldUp(situation: Situation): string {
  const { assignment, waitsFor, isGuarded, isWatched, guardProblem = "" } = situation;
  const guarding = isGuarded === true && isWatched !== true ? guardProblem : "";
  const waiting = waitsFor?.problem ?? "";
  if ((guarding === "" && waiting === "") || !assignment || assignment.leaving || assignment.stopping) return "";
  const due = run(situation, assignment).filter(({ type }) => type !== "stop");
  if (guarding !== "" && due.length > 0) return guarding;
  return due.some(({ type }) => hasToWait(situation, type)) ? waiting : "";
}

/**
 * What the guard is to stop starts only while it watches (docs/concepts/exclusive.md). A trigger starts once its own file is in
 * place, which may name the unit that it waits for.
 */
function mayStart(situation: Situation, type: TaskType, isBeingPlaced: boolean): boolean {
  const { unit, isGuarded, isWatched } = situation;
  // mutation: guard before start
  if (isGuarded === true && isWatched !== true) return false;
  return !(isTrigger(unit) && isBeingPlaced) && !hasToWait(situation, type);
}

/** The start of a socket that listens already is nothing that systemd would refuse. */
function hasToWait({ managed, waitsFor }: Situation, type: TaskType): boolean {
  return waitsFor !== undefined && !(waitsFor.until === "stopped" && type === "start" && isUp(managed));
}

function clearAway({ unit, managed, launch, isListed, isGuarded }: Situation): Task[] {
  const reason = "it is not assigned to this machine";
  const stop: Task = { type: "stop", unit, reason, record: undefined };
  const kill: Task = { type: "kill", unit, reason: "nothing of it may run beside the one elsewhere" };
  const isExclusive = isListed === true || isGuarded === true;
  const remove: Task[] = [...(isExclusive ? [kill] : []), { type: "remove", unit, reason }];
  // A start that systemd has been sent, or may have been, need not show in its signals yet.
  if (isUp(managed) || (launch && launch.phase !== "loaded")) return [stop, ...remove];
  // What systemd has loaded it can start, also without a file and while it does not run.
  return managed || launch || isListed === true ? remove : [];
}

/** Gets the right file in place and systemd to know it. */
function place({ unit, file, launch, isGuardBehind }: Situation, { digest }: Assignment): Task[] {
  if (file?.digest === digest && launch?.digest === digest) {
    if (!isGuardBehind) return [];
    return [{ type: "reload", unit, isDue: true, reason: "what the guard is to do with it has changed" }];
  }
  const write = (reason: string): Task => ({ type: "write", unit, digest, reason });
  const reason = "its file is new to systemd";
  // systemd reads links that are made or removed with the files.
  const tell: Task[] = [
    { type: "enable", unit, reason },
    { type: "reload", unit, reason },
  ];
  if (!file) return [write("it is assigned to this machine"), ...tell];
  return file.digest === digest ? tell : [write("its file has changed"), ...tell];
}

function load({ unit, managed }: Situation, { digest, since, restart }: Assignment, placed: boolean): Task[] {
  if (!placed && managed && !isStub(managed)) return [];
  const reason = placed ? "its file is new to systemd" : "systemd has not loaded it";
  return [{ type: "load", unit, reason, digest, since, restart }];
}

function run(situation: Situation, assignment: Assignment): Task[] {
  switch (assignment.desired) {
    case "loaded":
      return stopLaunched(situation, assignment);
    case "launched":
      return launch(situation, assignment);
    default:
      return assignment.desired satisfies never;
  }
}

/** Stops only what the agent started: a loaded service may well run because its timer or socket asked for it. */
function stopLaunched({ unit, launch }: Situation, { since, digest, restart }: Assignment): Task[] {
  if (!launch || launch.phase === "loaded") return [];
  const record: LaunchRecord = { since, digest, hash: "", phase: "loaded", restart, problem: "" };
  return [{ type: "stop", unit, reason: "it is to be loaded only", record }];
}

function launch(situation: Situation, { since, digest, hash, restart: request }: Assignment): Task[] {
  const { unit, managed, launch: known, givesWayTo } = situation;
  const record: LaunchRecord = { since, digest, hash, phase: "launched", restart: request, problem: "" };
  const start = (reason: string): TaskOf<"start"> => ({ type: "start", unit, reason, record });
  const restart = (reason: string): TaskOf<"restart"> => ({ type: "restart", unit, reason, record });
  const isAsked = known?.since === since && known.restart < request;
  if (known?.since === since && (known.phase === "launched" || known.phase === "replacing")) {
    if (givesWayTo !== undefined) {
      const reason = `${givesWayTo} can start only while this unit is stopped; it is started again after that`;
      return [{ type: "stop", unit, reason, givesWayTo, record: { ...record, hash: "", phase: "loaded" } }];
    }
    if (isAsked) return [restart("its restart was asked for")];
    return known.hash === hash ? [] : [restart("its options have changed")];
  }
  if (known?.phase === "restarting") return [restart("whether it was restarted is unknown")];
  if (isUp(managed) && startedWith(situation) !== hash) return [restart("it runs with other options")];
  if (isUp(managed) && isAsked) return [restart("its restart was asked for")];
  return [start(known?.phase === "starting" ? "whether it was started is unknown" : "it is to be launched")];
}

/** The hash of the options that a unit which is up was started with. */
function startedWith({ file, launch }: Situation): string | undefined {
  return launch && launch.phase !== "loaded" ? launch.hash : file?.hash;
}
