import type { Assignment } from "@flotilla/model";
import type { ManagedUnit } from "@flotilla/systemd";
import { isTrigger, triggeredUnitOf } from "@flotilla/unit";
import type { GuardList } from "../guard/guard-list.ts";
import type { LaunchRecord } from "../launch/launch-record.ts";
import { type FileInPlace, isRunning, isStub, isUp, type Wait } from "./situation.ts";

export interface StartOrderOptions {
  readonly assignments: { readonly all: ReadonlyMap<string, Assignment> };
  readonly manager: { list(): ReadonlyMap<string, ManagedUnit> };
  readonly launches: { readonly all: ReadonlyMap<string, LaunchRecord> };
  readonly fileOf: (unit: string) => FileInPlace | undefined;
  readonly troubleOf: (unit: string) => Trouble;
  readonly guarded: Pick<GuardList, "mayRun">;
}

/**
 * Whether the agent's tasks for a unit fail. "refused": systemd has refused to start the trigger, and the agent waits
 * for its next try.
 */
export type Trouble = "none" | "failing" | "refused";

/**
 * Decides for which other units on this machine a unit's start must wait. systemd orders the starts of one transaction;
 * the agent requests each start separately, so it follows these rules of systemd:
 * - systemd refuses a trigger (timer, path, socket, automount) whose unit is not loaded (systemd.timer(5)).
 * - systemd refuses a socket whose service runs, and an automount whose mount is active.
 * - So sockets and automounts start before their units (systemd.socket(5), "Implicit Dependencies"). If a socket or
 *   automount is assigned late, its unit is stopped and started again, once.
 */
export class StartOrder {
  readonly #options: StartOrderOptions;
  /** The triggers on this machine and the units that they trigger, as of the last reading of their files. */
  readonly #triggers = new Map<string, string | undefined>();
  readonly #triggersOf = new Map<string, Set<string>>();
  /** Sockets and automounts whose files have not been read yet. */
  readonly #unread = new Set<string>();
  /** Services and mounts that wait, each with the socket or automount that it waits for. */
  readonly #waiting = new Map<string, string>();
  readonly #waitingFor = new Map<string, Set<string>>();
  /** Sockets and automounts for which a unit was stopped, with the `since` of their assignment. */
  readonly #stoppedFor = new Map<string, number | undefined>();

  constructor(options: StartOrderOptions) {
    this.#options = options;
  }

  /** Notes units that are installed or assigned. Must be called for all units of a change before other methods. */
  note(units: Iterable<string>): void {
    for (const unit of units) if (isTrigger(unit)) this.#readTrigger(unit);
  }

  forget(unit: string): void {
    this.#wait(unit, undefined);
    this.#unread.delete(unit);
    this.#stoppedFor.delete(unit);
    if (!this.#triggers.has(unit)) return;
    move(this.#triggersOf, unit, this.#triggers.get(unit), undefined);
    this.#triggers.delete(unit);
  }

  /** Whether the unit is installed or assigned, and is a trigger. */
  isTrigger(unit: string): boolean {
    return this.#triggers.has(unit);
  }

  /** The triggers among the noted units. */
  get triggers(): Iterable<string> {
    return this.#triggers.keys();
  }

  /** Units whose start may have to wait, or no longer has to, after a change of these units. */
  affectedBy(changed: ReadonlySet<string>): ReadonlySet<string> {
    const affected = new Set<string>();
    for (const unit of changed) {
      for (const trigger of this.#triggersOf.get(unit) ?? []) affected.add(trigger);
      for (const service of this.#waitingFor.get(unit) ?? []) affected.add(service);
      const triggered = startsBeforeItsUnit(unit) ? this.#triggers.get(unit) : undefined;
      if (triggered !== undefined) affected.add(triggered);
      if (this.#triggersOf.size === 0) continue;
      for (const stopper of this.#options.fileOf(unit)?.stoppedWith ?? [])
        if (this.#triggersOf.has(stopper)) affected.add(stopper);
    }
    return affected;
  }

  /** The unit that this start must wait for; undefined if systemd can be asked now. */
  waitOf(unit: string): Wait | undefined {
    if (isTrigger(unit)) return this.#waitOfTrigger(unit, this.#readTrigger(unit));
    // mutation: socket before service
    const socket = this.#firstToStart(unit);
    this.#wait(unit, socket);
    return socket === undefined ? undefined : { until: "started", unit: socket, problem: "" };
  }

  /**
   * The socket or automount for which this running unit must be stopped and started again. Such a trigger must be
   * startable (not masked) and not listen yet. It must not have been attempted before: otherwise the unit would be
   * stopped repeatedly. Undefined while the stop would also stop another unit.
   */
  triggerToStopFor(unit: string): string | undefined {
    const { manager, launches, troubleOf, guarded } = this.#options;
    const triggers = this.#triggersOf.get(unit);
    const managed = triggers && manager.list().get(unit);
    if (managed?.activeState !== "active" || managed.job !== "" || managed.loadState !== "loaded") return undefined;
    const isNotAttempted = (name: string): boolean => launches.all.get(name)?.phase === "loaded";
    // mutation: service stops for its socket
    const isPending = (name: string): boolean =>
      startsBeforeItsUnit(name) && this.#isToStart(name) && isNotAttempted(name);
    const mayStart = (name: string): boolean => troubleOf(name) === "none" && guarded.mayRun(name);
    const qualifies = (name: string): boolean =>
      isPending(name) && mayStart(name) && isInactive(manager.list().get(name));
    const trigger = triggers?.values().find(qualifies);
    return trigger === undefined || this.#stopsOthers(unit) ? undefined : trigger;
  }

  /** Notes that a unit is stopped for this trigger. */
  noteStopFor(trigger: string): void {
    this.#stoppedFor.set(trigger, this.#options.assignments.all.get(trigger)?.since);
  }

  /** Whether the trigger's unit runs and was not stopped for the trigger yet. */
  mayStopFor(trigger: string): boolean {
    const { assignments, manager } = this.#options;
    const managed = manager.list().get(this.#triggers.get(trigger) ?? "");
    if (!startsBeforeItsUnit(trigger) || !managed || !isRunning(managed)) return false;
    return !this.#stoppedFor.has(trigger) || this.#stoppedFor.get(trigger) !== assignments.all.get(trigger)?.since;
  }

  /** Whether stopping the unit would also stop another running unit, which a start of the unit does not start again. */
  #stopsOthers(unit: string): boolean {
    const { manager, fileOf } = this.#options;
    const goesToo = (other: ManagedUnit): boolean => isUp(other) && fileOf(other.name)?.stoppedWith?.has(unit) === true;
    return manager.list().values().some(goesToo);
  }

  /** Why systemd has refused to start a trigger, as far as the agent can tell. */
  refusalOf(unit: string): string {
    const triggered = this.#options.fileOf(unit)?.triggers ?? "its unit";
    const managed = this.#options.manager.list().get(triggered);
    if (!managed) return `its triggered unit ${triggered} is not a unit of the cluster on this machine`;
    if (managed.loadState !== "loaded") return `systemd cannot load its triggered unit ${triggered}`;
    return isRunning(managed) ? `its triggered unit ${triggered} already runs` : "see the unit's journal";
  }

  #waitOfTrigger(unit: string, triggered: string | undefined): Wait | undefined {
    if (triggered === undefined) return undefined;
    const { manager, assignments, troubleOf } = this.#options;
    const managed = manager.list().get(triggered);
    if (assignments.all.get(triggered)?.leaving === false && (!managed || isStub(managed))) {
      const problem = `${unit} waits for its triggered unit ${triggered}, which cannot be loaded here`;
      return { until: "loaded", unit: triggered, problem: troubleOf(triggered) === "none" ? "" : problem };
    }
    if (!startsBeforeItsUnit(unit) || !managed || !isRunning(managed)) return undefined;
    const problem = `cannot start ${unit} while its triggered unit ${triggered} runs; waiting until ${triggered} stops`;
    return { until: "stopped", unit: triggered, problem };
  }

  /** A socket or automount that must start before the unit. Unread files may name any matching unit. */
  #firstToStart(service: string): string | undefined {
    if (this.#triggers.size === 0 || !/\.(service|mount)$/.test(service)) return undefined;
    const managed = this.#options.manager.list().get(service);
    if (managed && isRunning(managed)) return undefined;
    const isAhead = (name: string): boolean =>
      startsBeforeItsUnit(name) && this.#isToStart(name) && !this.#isStuck(name, managed);
    return (
      this.#triggersOf.get(service)?.values().find(isAhead) ??
      this.#unread.values().find((name) => mayTrigger(name, service) && isAhead(name))
    );
  }

  /**
   * Whether the service need not wait for the socket. If systemd refused the socket because the service was not loaded,
   * the socket is tried again once the service is loaded, and the service waits for that try.
   */
  #isStuck(socket: string, service: ManagedUnit | undefined): boolean {
    const trouble = this.#options.troubleOf(socket);
    return trouble === "failing" || (trouble === "refused" && service !== undefined && !isStub(service));
  }

  #isToStart(unit: string): boolean {
    const { assignments, launches } = this.#options;
    const assignment = assignments.all.get(unit);
    if (assignment?.desired !== "launched" || assignment.leaving || assignment.stopping) return false;
    const launch = launches.all.get(unit);
    return launch?.since !== assignment.since || !["launched", "replacing"].includes(launch.phase);
  }

  /** Reads which unit the trigger's present file names. */
  #readTrigger(trigger: string): string | undefined {
    const file = this.#options.fileOf(trigger);
    if (file || !startsBeforeItsUnit(trigger)) this.#unread.delete(trigger);
    else this.#unread.add(trigger);
    move(this.#triggersOf, trigger, this.#triggers.get(trigger), file?.triggers);
    this.#triggers.set(trigger, file?.triggers);
    return file?.triggers;
  }

  #wait(service: string, socket: string | undefined): void {
    move(this.#waitingFor, service, this.#waiting.get(service), socket);
    if (socket === undefined) this.#waiting.delete(service);
    else this.#waiting.set(service, socket);
  }
}

/** Whether systemd refuses to start a trigger of this type while its unit runs. */
function startsBeforeItsUnit(name: string): boolean {
  return /\.(socket|automount)$/.test(name);
}

function isInactive(managed: ManagedUnit | undefined): boolean {
  return managed?.loadState === "loaded" && !isUp(managed);
}

/** Whether the type of a trigger with an unread file fits the unit; an automount has its mount's name. */
function mayTrigger(trigger: string, unit: string): boolean {
  return trigger.endsWith(".socket") ? unit.endsWith(".service") : triggeredUnitOf(trigger, []) === unit;
}

/** Moves a name from the set of one key to the set of another. */
function move(sets: Map<string, Set<string>>, name: string, from: string | undefined, to: string | undefined): void {
  if (from === to) return;
  if (from !== undefined) {
    const left = sets.get(from);
    left?.delete(name);
    if (left?.size === 0) sets.delete(from);
  }
  if (to === undefined) return;
  const names = sets.get(to) ?? new Set();
  sets.set(to, names.add(name));
}
