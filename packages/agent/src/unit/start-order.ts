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
 * Whether the agent tries in vain to do its work for a unit. "refused": systemd has refused to start the trigger, and
 * the agent waits before it asks again.
 */
export type Trouble = "none" | "failing" | "refused";

/**
 * What a unit's start waits for, of the other units of the cluster on this machine. systemd orders the starts of one
 * transaction, and the agent asks for each by itself, so it heeds these rules of systemd's:
 * - a trigger (timer, path, socket, automount) is refused unless the unit that it triggers is loaded (systemd.timer(5));
 * - a socket is refused while its service runs, an automount while its mount is there;
 * - so these two start before their units (systemd.socket(5), "Implicit Dependencies"). One that comes late has its unit
 *   stopped and started again, once.
 */
export class StartOrder {
  readonly #options: StartOrderOptions;
  /** The units here that trigger others, and which, as their files said when they were last asked about. */
  readonly #triggers = new Map<string, string | undefined>();
  readonly #triggersOf = new Map<string, Set<string>>();
  /** Sockets and automounts whose files have still to say what they trigger. */
  readonly #unread = new Set<string>();
  /** Services and mounts that wait, and the socket or automount that each waits for. */
  readonly #waiting = new Map<string, string>();
  readonly #waitingFor = new Map<string, Set<string>>();
  /** Sockets and automounts for which a unit was stopped, by the revision of the assignment. */
  readonly #givenWay = new Map<string, number | undefined>();

  constructor(options: StartOrderOptions) {
    this.#options = options;
  }

  /** These are here, or are to be. To be told of all that come together before it is asked about any. */
  note(units: Iterable<string>): void {
    for (const unit of units) if (isTrigger(unit)) this.#learn(unit);
  }

  forget(unit: string): void {
    this.#wait(unit, undefined);
    this.#unread.delete(unit);
    this.#givenWay.delete(unit);
    if (!this.#triggers.has(unit)) return;
    move(this.#triggersOf, unit, this.#triggers.get(unit), undefined);
    this.#triggers.delete(unit);
  }

  /** Whether the unit is here, or is to be, and triggers another one. */
  isTrigger(unit: string): boolean {
    return this.#triggers.has(unit);
  }

  /** The triggers among the units here. */
  get triggers(): Iterable<string> {
    return this.#triggers.keys();
  }

  /** Units whose start need not wait any more, or has to, now that something of these has changed. */
  affectedBy(changed: ReadonlySet<string>): ReadonlySet<string> {
    const affected = new Set<string>();
    for (const unit of changed) {
      for (const trigger of this.#triggersOf.get(unit) ?? []) affected.add(trigger);
      for (const service of this.#waitingFor.get(unit) ?? []) affected.add(service);
      const triggered = comesFirst(unit) ? this.#triggers.get(unit) : undefined;
      if (triggered !== undefined) affected.add(triggered);
      if (this.#triggersOf.size === 0) continue;
      for (const stopper of this.#options.fileOf(unit)?.stoppedWith ?? [])
        if (this.#triggersOf.has(stopper)) affected.add(stopper);
    }
    return affected;
  }

  /** Undefined when systemd can be asked to start the unit. */
  waitOf(unit: string): Wait | undefined {
    if (isTrigger(unit)) return this.#waitOfTrigger(unit, this.#learn(unit));
    // mutation: socket before service
    const socket = this.#firstToStart(unit);
    this.#wait(unit, socket);
    return socket === undefined ? undefined : { until: "started", unit: socket, problem: "" };
  }

  /**
   * The socket or automount for which this unit, which runs, is to be stopped and started again: one that is to be
   * started, can be (it is not masked) and does not listen yet. It has not been tried so far, or the unit would be stopped
   * for it time and again. None while another unit would go down with it.
   */
  claimantOf(unit: string): string | undefined {
    const { manager, launches, troubleOf, guarded } = this.#options;
    const triggers = this.#triggersOf.get(unit);
    const managed = triggers && manager.list().get(unit);
    if (managed?.activeState !== "active" || managed.job !== "" || managed.loadState !== "loaded") return undefined;
    const isUntried = (name: string): boolean => launches.all.get(name)?.phase === "loaded";
    // mutation: service stops for its socket
    const claims = (name: string): boolean => comesFirst(name) && this.#isToStart(name) && isUntried(name);
    const mayStart = (name: string): boolean => troubleOf(name) === "none" && guarded.mayRun(name);
    const isClaimant = (name: string): boolean => claims(name) && mayStart(name) && isAtRest(manager.list().get(name));
    const claimant = triggers?.values().find(isClaimant);
    return claimant === undefined || this.#carriesOthers(unit) ? undefined : claimant;
  }

  /** A unit is stopped for this trigger. */
  noteGivenWay(trigger: string): void {
    this.#givenWay.set(trigger, this.#options.assignments.all.get(trigger)?.since);
  }

  /** The trigger's unit runs, and was not stopped for it yet. */
  hasWayLeft(trigger: string): boolean {
    const { assignments, manager } = this.#options;
    const managed = manager.list().get(this.#triggers.get(trigger) ?? "");
    if (!comesFirst(trigger) || !managed || !isRunning(managed)) return false;
    return !this.#givenWay.has(trigger) || this.#givenWay.get(trigger) !== assignments.all.get(trigger)?.since;
  }

  /** The stop of the unit would stop another one that runs, which the unit's start does not bring back. */
  #carriesOthers(unit: string): boolean {
    const { manager, fileOf } = this.#options;
    const goesToo = (other: ManagedUnit): boolean => isUp(other) && fileOf(other.name)?.stoppedWith?.has(unit) === true;
    return manager.list().values().some(goesToo);
  }

  /** Why systemd, as far as the agent can tell, has refused to start a trigger. */
  refusalOf(unit: string): string {
    const triggered = this.#options.fileOf(unit)?.triggers ?? "its unit";
    const managed = this.#options.manager.list().get(triggered);
    if (!managed) return `${triggered}, which it triggers, is not a unit of the cluster on this machine`;
    if (managed.loadState !== "loaded") return `systemd cannot load ${triggered}, which it triggers`;
    return isRunning(managed) ? `${triggered}, which it triggers, runs already` : "the unit's journal says why";
  }

  #waitOfTrigger(unit: string, triggered: string | undefined): Wait | undefined {
    if (triggered === undefined) return undefined;
    const { manager, assignments, troubleOf } = this.#options;
    const managed = manager.list().get(triggered);
    if (assignments.all.get(triggered)?.leaving === false && (!managed || isStub(managed))) {
      const problem = `${unit} waits for ${triggered}, which it triggers and which could not be loaded here.`;
      return { until: "loaded", unit: triggered, problem: troubleOf(triggered) === "none" ? "" : problem };
    }
    if (!comesFirst(unit) || !managed || !isRunning(managed)) return undefined;
    const problem = `${triggered} runs already, and systemd does not start ${unit} then: it starts when that has stopped.`;
    return { until: "stopped", unit: triggered, problem };
  }

  /** A socket that is to be started and that triggers the service, or may: that its file has still to say. Likewise an automount. */
  #firstToStart(service: string): string | undefined {
    if (this.#triggers.size === 0 || !/\.(service|mount)$/.test(service)) return undefined;
    const managed = this.#options.manager.list().get(service);
    if (managed && isRunning(managed)) return undefined;
    const isAhead = (name: string): boolean =>
      comesFirst(name) && this.#isToStart(name) && !this.#isStuck(name, managed);
    return (
      this.#triggersOf.get(service)?.values().find(isAhead) ??
      this.#unread.values().find((name) => mayTrigger(name, service) && isAhead(name))
    );
  }

  /**
   * The socket is not waited for. One that systemd has refused because its service was not loaded is tried again once
   * the service is, and is waited for until that try has failed.
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

  /** Takes in what the trigger's file says by now. */
  #learn(trigger: string): string | undefined {
    const file = this.#options.fileOf(trigger);
    if (file || !comesFirst(trigger)) this.#unread.delete(trigger);
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

/** systemd refuses to start a trigger of this type while what it triggers runs. */
function comesFirst(name: string): boolean {
  return /\.(socket|automount)$/.test(name);
}

function isAtRest(managed: ManagedUnit | undefined): boolean {
  return managed?.loadState === "loaded" && !isUp(managed);
}

/** By its type; an automount has its mount's name. */
function mayTrigger(trigger: string, unit: string): boolean {
  return trigger.endsWith(".socket") ? unit.endsWith(".service") : triggeredUnitOf(trigger, []) === unit;
}

/** Moves a name from the set under one key to that under another. */
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
