import type { Assignment } from "@flotilla/model";
import type { ManagedUnit } from "@flotilla/systemd";
import { isTrigger } from "@flotilla/unit";
import type { LaunchRecord } from "../launch/launch-record.ts";
import { type FileInPlace, isRunning, isStub, type Wait } from "./situation.ts";

export interface StartOrderOptions {
  readonly assignments: { readonly all: ReadonlyMap<string, Assignment> };
  readonly manager: { list(): ReadonlyMap<string, ManagedUnit> };
  readonly launches: { readonly all: ReadonlyMap<string, LaunchRecord> };
  readonly fileOf: (unit: string) => FileInPlace | undefined;
  readonly troubleOf: (unit: string) => Trouble;
}

/**
 * Whether the agent tries in vain to do its work for a unit. "refused": systemd has refused to start the trigger, and
 * the agent waits before it asks again.
 */
export type Trouble = "none" | "failing" | "refused";

/**
 * What a unit's start waits for, of the other units of the cluster on this machine. systemd orders the starts of one
 * transaction, and the agent asks for each by itself, so it heeds these rules of systemd's:
 * - a timer, path or socket is refused unless the unit that it triggers is loaded (systemd.timer(5) and the like);
 * - a socket is refused while its service runs;
 * - so a socket starts before its service (systemd.socket(5), "Implicit Dependencies").
 */
export class StartOrder {
  readonly #options: StartOrderOptions;
  /** The units here that trigger others: few, and looked at whenever any unit has changed. */
  readonly #triggers = new Set<string>();
  /** Services that wait, and the socket that each waits for. */
  readonly #waiting = new Map<string, string>();

  constructor(options: StartOrderOptions) {
    this.#options = options;
  }

  /** These are here, or are to be. To be told of all that come together before it is asked about any. */
  note(units: Iterable<string>): void {
    for (const unit of units) if (isTrigger(unit)) this.#triggers.add(unit);
  }

  forget(unit: string): void {
    this.#triggers.delete(unit);
    this.#waiting.delete(unit);
  }

  /** The triggers among the units here. */
  get triggers(): ReadonlySet<string> {
    return this.#triggers;
  }

  /** Units whose start need not wait any more, or has to, now that something of these has changed. */
  affectedBy(changed: ReadonlySet<string>): readonly string[] {
    const triggers = [...this.#triggers].filter((name) => changed.has(this.#options.fileOf(name)?.triggers ?? ""));
    const services = [...this.#waiting].filter(([, socket]) => changed.has(socket)).map(([service]) => service);
    return [...triggers, ...services];
  }

  /** Undefined when systemd can be asked to start the unit. */
  waitOf(unit: string): Wait | undefined {
    if (isTrigger(unit)) return this.#waitOfTrigger(unit, this.#options.fileOf(unit)?.triggers);
    const socket = this.#socketToStart(unit);
    if (socket === undefined) this.#waiting.delete(unit);
    else this.#waiting.set(unit, socket);
    return socket === undefined ? undefined : { until: "started", unit: socket, problem: "" };
  }

  /** Why systemd, as far as the agent can tell, has refused to start a timer, path or socket. */
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
    if (!unit.endsWith(".socket") || !managed || !isRunning(managed)) return undefined;
    const problem = `${triggered} runs already, and systemd starts no socket then: ${unit} starts when that has stopped.`;
    return { until: "stopped", unit: triggered, problem };
  }

  /** A socket that is to be started and that triggers the service, or may: that its file has still to say. */
  #socketToStart(service: string): string | undefined {
    if (this.#triggers.size === 0 || !service.endsWith(".service")) return undefined;
    const { manager, fileOf } = this.#options;
    const managed = manager.list().get(service);
    if (managed && isRunning(managed)) return undefined;
    const mayTrigger = (file: FileInPlace | undefined): boolean => !file || file.triggers === service;
    const isAhead = (name: string): boolean =>
      this.#isToStart(name) && mayTrigger(fileOf(name)) && !this.#isStuck(name, managed);
    return [...this.#triggers].find((name) => name.endsWith(".socket") && isAhead(name));
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
}
