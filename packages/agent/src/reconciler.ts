import type { Assignment, MachineID, UnitState } from "@flotilla/model";
import { type Clock, type Logger, messageOf, Nudge, rethrowProgrammingError } from "@flotilla/runtime";
import type { OwnAssignments } from "@flotilla/registry";
import { type UnitManager, UnitManagerUnavailableError } from "@flotilla/systemd";
import { isTrigger } from "@flotilla/unit";
import { Executor, RequirementMissingError } from "./unit/executor.ts";
import type { Guard } from "./guard/guard.ts";
import { GuardList } from "./guard/guard-list.ts";
import { FileFacts } from "./unit/file-facts.ts";
import type { LaunchRecord } from "./launch/launch-record.ts";
import { observe } from "./unit/observe.ts";
import { ORPHANED, type Provenance } from "./launch/provenance.ts";
import { SettledUnits } from "./unit/settled-units.ts";
import { type FileInPlace, isStub, type Situation } from "./unit/situation.ts";
import type { Task } from "./unit/task.ts";
import { stateOf } from "./unit/unit-state.ts";
import { type TextSource, UnitTexts } from "./unit/unit-texts.ts";
import { UnitWorker } from "./unit/unit-worker.ts";

export interface ReconcilerOptions {
  readonly machineID: MachineID;
  readonly assignments: Pick<OwnAssignments, "all" | "synced">;
  readonly texts: TextSource;
  readonly manager: UnitManager;
  readonly launches: Provenance;
  /** Without one, no exclusive unit is started. */
  readonly guard?: Guard | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Called with what is to be published of a unit, also when it is the same as before. */
  readonly onState: (unit: string, state: UnitState | undefined) => void;
  /** Called when a unit is on its way no more. */
  readonly onSettled: () => void;
}

/**
 * What the reconciler works toward:
 * - `waiting`: nothing yet. The assignments have never been read; what an earlier process published says
 *   more than this one could.
 * - `holding`: whatever is, is to stay. The machine does not have its place in the cluster at present.
 * - `acting`: the assignments.
 * - `clearing`: that nothing of the cluster is left here.
 */
export type Aim = "waiting" | "holding" | "acting" | "clearing";

/** Brings every unit on this machine to where it is to be, each by a worker of its own. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #executor: Executor;
  readonly #files = new FileFacts();
  readonly #settled: SettledUnits;
  readonly #guarded: GuardList;
  readonly #workers = new Map<string, UnitWorker>();
  /** The units here that trigger others: few, and looked at whenever any unit has changed. */
  readonly #triggers = new Set<string>();
  /** Poked when a worker has nothing left to do. */
  readonly #idle = new Nudge();
  #aim: Aim = "waiting";
  #isBusAway = false;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#guarded = new GuardList(options);
    this.#settled = new SettledUnits(options);
    const onRecord = (unit: string): void => this.#report(unit);
    this.#executor = new Executor({ ...options, texts: new UnitTexts(options.texts), onRecord });
  }

  /** How many units are being worked on. */
  get working(): number {
    return [...this.#workers.values()].filter(({ isWorking }) => isWorking).length;
  }

  /** True while some unit is on its way to where it is to be, rather than waiting to be tried again. */
  get isBusy(): boolean {
    return this.#workers.values().some(({ isWorking, isPausing }) => isWorking && !isPausing);
  }

  /** How many units the agent cannot make as they should be. */
  get failing(): number {
    return [...this.#workers.values()].filter(({ failure }) => failure !== undefined).length;
  }

  /** Works toward something else from now on; a machine that is being cleared stays so. */
  aim(aim: Aim): void {
    if (this.#aim === "clearing") return;
    this.#aim = aim;
    if (aim === "acting") this.#examine(this.#allUnits());
    if (aim === "clearing") this.assignmentsChanged(this.#allUnits());
  }

  /** Looks at every unit of which something new is known, or that is not as it should be, to catch what a signal missed. */
  pass(): void {
    this.#examine(new Set([...this.#allUnits()].filter((unit) => !this.#settled.has(unit))));
  }

  /** Looks again at the exclusive units, which wait for the guard. */
  examineExclusive(): void {
    const { all } = this.#options.assignments;
    this.#examine(new Set([...all.values()].filter(({ exclusive }) => exclusive).map(({ unit }) => unit)));
  }

  assignmentsChanged(units: Iterable<string>): void {
    for (const unit of units) {
      this.#report(unit);
      this.#worker(unit).reconsider();
      this.#forgetIfGone(unit);
    }
  }

  /** systemd shows something new of these units. */
  unitsChanged(units: Iterable<string>): void {
    this.#examine(new Set(units));
    if (!this.#isBusAway || !this.#options.manager.connected) return;
    this.#isBusAway = false;
    this.#options.log.info("systemd can be reached again");
    for (const worker of this.#workers.values()) worker.retry(() => true);
  }

  /** Resolves once no unit is worked on, or at the signal. */
  async untilIdle(signal: AbortSignal): Promise<void> {
    while (this.working > 0 && !signal.aborted) await this.#idle.wait(signal).catch(() => {});
  }

  /** Waits for nothing more; systemd's jobs go on. */
  stop(): void {
    for (const worker of this.#workers.values()) worker.stop();
  }

  /** Takes in what systemd shows of these units, and has them worked on where they are not as they should be. */
  #examine(units: ReadonlySet<string>): void {
    for (const unit of units) {
      const isNoted = this.#observe(unit);
      this.#report(unit);
      const worker = this.#worker(unit);
      worker.check();
      if (isNoted && !worker.isWorking) this.#settled.note(unit);
      else this.#settled.forget(unit);
      this.#forgetIfGone(unit);
    }
    this.#checkTriggersOf(units);
  }

  /** False when what there is to note could not be. */
  #observe(unit: string): boolean {
    const { launches, manager } = this.#options;
    const record = launches.all.get(unit);
    const managed = manager.list().get(unit);
    const observed = record && managed && observe(record, managed, this.#workers.get(unit)?.isWorking ?? false);
    return !observed || observed === record || this.#keep(unit, observed);
  }

  /** Triggers wait until systemd knows the unit that they trigger. */
  #checkTriggersOf(units: ReadonlySet<string>): void {
    for (const name of this.#triggers) {
      if (units.has(this.#fileOf(name)?.triggers ?? "")) this.#workers.get(name)?.check();
    }
  }

  #keep(unit: string, record: LaunchRecord): boolean {
    try {
      this.#options.launches.put(unit, record);
      return true;
    } catch (error) {
      rethrowProgrammingError(error);
      // The next pass tries again; until then a crash would have the unit started once more.
      this.#options.log.error("a launch record could not be written", { unit, error: messageOf(error) });
      return false;
    }
  }

  #report(unit: string): void {
    if (this.#aim === "waiting") return;
    const situation = this.#situation(unit, this.#options.assignments.all.get(unit));
    const isMachinesFault = this.#workers.get(unit)?.isMachinesFault === true;
    this.#options.onState(unit, stateOf(situation, this.#options.machineID, this.#trouble(unit), isMachinesFault));
  }

  #trouble(unit: string): string | undefined {
    return this.#options.launches.isOrphan(unit) ? ORPHANED : this.#workers.get(unit)?.failure;
  }

  #worker(unit: string): UnitWorker {
    const known = this.#workers.get(unit);
    if (known) return known;
    const worker = new UnitWorker({
      ...this.#options,
      unit,
      situation: () => this.#situationToActOn(unit),
      execute: (task, signal) => this.#execute(task, signal),
      onFailure: () => this.#report(unit),
      onIdle: () => {
        this.#observe(unit);
        this.#report(unit);
        this.#forgetIfGone(unit);
        this.#idle.poke();
        this.#options.onSettled();
      },
    });
    this.#workers.set(unit, worker);
    if (isTrigger(unit)) this.#triggers.add(unit);
    return worker;
  }

  #forgetIfGone(unit: string): void {
    const { assignments, manager } = this.#options;
    if (assignments.all.has(unit) || manager.list().has(unit) || this.#workers.get(unit)?.isWorking) return;
    this.#workers.delete(unit);
    this.#triggers.delete(unit);
    this.#files.forget(unit);
    this.#settled.forget(unit);
    this.#guarded.forget(unit);
  }

  async #execute(task: Task, signal: AbortSignal): Promise<void> {
    try {
      // Once the cluster's file is in place: a host's own unit of this name is none of the guard's business.
      if (task.type !== "write") this.#guarded.tell(task.unit);
      await this.#executor.execute(task, signal);
      if (task.type === "remove" && !this.#options.manager.list().has(task.unit)) this.#guarded.remove(task.unit);
      if (task.type === "write") this.#retryWhatLacksUnits();
    } catch (error) {
      if (error instanceof UnitManagerUnavailableError && !this.#isBusAway) {
        this.#isBusAway = true;
        this.#options.log.warn("systemd cannot be reached; its units run on", { error: error.message });
      }
      throw error;
    }
  }

  /** A unit's file is new here, and may be what others require. */
  #retryWhatLacksUnits(): void {
    for (const worker of this.#workers.values()) worker.retry((error) => error instanceof RequirementMissingError);
  }

  /** Undefined while nothing may be done. */
  #situationToActOn(unit: string): Situation | undefined {
    const { launches, assignments } = this.#options;
    const { all, synced } = assignments;
    const assignment = all.get(unit);
    switch (this.#aim) {
      case "waiting":
      case "holding":
        return undefined;
      case "clearing":
        return this.#situation(unit, undefined);
      case "acting":
        // Nothing is concluded from an assignment that is missing unless all of them are known, and from the store
        // that made it.
        return assignment || (synced && !launches.isOrphan(unit)) ? this.#situation(unit, assignment) : undefined;
      default:
        return this.#aim satisfies never;
    }
  }

  #situation(unit: string, assignment: Assignment | undefined): Situation {
    const { manager, launches } = this.#options;
    const file = this.#fileOf(unit);
    return {
      unit,
      assignment,
      managed: manager.list().get(unit),
      file,
      launch: launches.all.get(unit),
      isWatched: this.#guarded.isWatched(unit),
      isGuarded: this.#guarded.has(unit),
      waitsFor: file?.triggers !== undefined && this.#isStillToLoad(file.triggers) ? file.triggers : undefined,
    };
  }

  #fileOf(unit: string): FileInPlace | undefined {
    const managed = this.#options.manager.list().get(unit);
    return managed && this.#files.of(unit, managed.text);
  }

  /** It is to be here, and systemd does not know it yet. */
  #isStillToLoad(unit: string): boolean {
    const { assignments, manager } = this.#options;
    const managed = manager.list().get(unit);
    return assignments.all.get(unit)?.leaving === false && (!managed || isStub(managed));
  }

  #allUnits(): Set<string> {
    const { assignments, manager, launches, guard } = this.#options;
    return new Set([
      ...(guard?.units ?? []),
      ...assignments.all.keys(),
      ...manager.list().keys(),
      ...launches.all.keys(),
      ...this.#workers.keys(),
    ]);
  }
}
