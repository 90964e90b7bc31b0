import type { Assignment } from "@flotilla/model";
import { messageOf, Nudge, rethrowProgrammingError } from "@flotilla/runtime";
import { HostUnitError } from "@flotilla/systemd";
import { Executor, MaskedError, RequirementMissingError, TriggerRefusedError } from "./unit/executor.ts";
import { GuardList } from "./guard/guard-list.ts";
import { FileFacts } from "./unit/file-facts.ts";
import type { LaunchRecord } from "./launch/launch-record.ts";
import { observe } from "./unit/observe.ts";
import { ORPHANED } from "./launch/provenance.ts";
import type { Aim } from "./aim.ts";
import type { ReconcilerOptions } from "./reconciler-options.ts";
import { SettledUnits } from "./unit/settled-units.ts";
import type { FileInPlace, Situation } from "./unit/situation.ts";
import { StartOrder } from "./unit/start-order.ts";
import type { Task } from "./unit/task.ts";
import { stateOf } from "./unit/unit-state.ts";
import { SystemdOutage } from "./systemd-outage.ts";
import { UnitTexts } from "./unit/unit-texts.ts";
import { UnitWorker } from "./unit/unit-worker.ts";

/** Brings every unit on this machine to where it is to be, each by a worker of its own. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #executor: Executor;
  readonly #files = new FileFacts();
  readonly #settled: SettledUnits;
  readonly #guarded: GuardList;
  readonly #workers = new Map<string, UnitWorker>();
  readonly #order: StartOrder;
  /** Poked when a worker has nothing left to do. */
  readonly #idle = new Nudge();
  #aim: Aim = "waiting";
  readonly #outage: SystemdOutage;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#outage = new SystemdOutage(options);
    const fileOf = (unit: string): FileInPlace | undefined => this.#fileOf(unit);
    this.#guarded = new GuardList({ ...options, triggeredBy: (unit) => fileOf(unit)?.triggers });
    const troubleOf = (unit: string): UnitWorker["trouble"] => this.#workers.get(unit)?.trouble ?? "none";
    this.#order = new StartOrder({ ...options, fileOf, troubleOf, guarded: this.#guarded });
    this.#settled = new SettledUnits(options);
    this.#executor = new Executor({
      ...options,
      texts: new UnitTexts(options.texts),
      onRecord: (unit) => this.#changed(unit),
      isShut: (unit) => this.#guarded.isShut(unit),
      refusalOf: (unit) => this.#order.refusalOf(unit),
      hasWayLeft: (unit) => this.#order.hasWayLeft(unit),
      onGivenWay: (trigger) => this.#order.noteGivenWay(trigger),
    });
    // What runs of an exclusive unit must not run beside its replacement elsewhere.
    void options.manager.inspect((unit) => this.#guarded.has(unit)).catch(() => {});
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
    if (aim === "acting") {
      this.#examine(this.#allUnits());
      // Assignments may have changed while nothing could be done about it.
      for (const worker of this.#workers.values()) worker.reconsider();
    }
    if (aim === "clearing") this.assignmentsChanged(this.#allUnits());
  }

  /** Looks at every unit of which something new is known, or that is not as it should be, to catch what a signal missed. */
  pass(): void {
    void this.#options.manager.inspect().catch(() => {});
    this.#examine(new Set([...this.#allUnits()].filter((unit) => !this.#settled.has(unit))));
  }

  /** Looks again at the units that wait for the guard. */
  examineGuarded(): void {
    const { all } = this.#options.assignments;
    const exclusive = [...all.values()].filter(({ exclusive }) => exclusive).map(({ unit }) => unit);
    const triggers = [...this.#order.triggers].filter((unit) => this.#guarded.isGuarded(unit));
    this.#examine(new Set([...exclusive, ...triggers]));
  }

  assignmentsChanged(changed: Iterable<string>): void {
    const units = new Set(changed);
    this.#order.note(units);
    for (const unit of units) {
      this.#report(unit);
      this.#worker(unit).reconsider();
      this.#forgetIfGone(unit);
    }
    this.#checkThoseBehind(units);
  }

  /** systemd shows something new of these units. */
  unitsChanged(units: Iterable<string>): void {
    this.#examine(new Set(units));
    if (this.#outage.isJustOver()) for (const worker of this.#workers.values()) worker.retry(() => true);
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
    this.#order.note(units);
    const { manager } = this.#options;
    for (const unit of units) {
      const isNoted = this.#observe(unit);
      this.#report(unit);
      const worker = this.#worker(unit);
      worker.check();
      worker.retry((error) => error instanceof MaskedError && manager.list().get(unit)?.loadState === "loaded");
      // What the guard watches depends on the clock as well.
      if (isNoted && !worker.isWorking && !this.#guarded.isGuarded(unit)) this.#settled.note(unit);
      else this.#settled.forget(unit);
      this.#forgetIfGone(unit);
    }
    this.#checkThoseBehind(units);
  }

  /** False when what there is to note could not be. */
  #observe(unit: string): boolean {
    const { launches, manager } = this.#options;
    const [record, managed] = [launches.all.get(unit), manager.list().get(unit)];
    const isAwaited = this.#workers.get(unit)?.isWorking ?? false;
    const isMasked = (): boolean => manager.isMasked(unit);
    const observed = record && managed && observe(record, managed, { isAwaited, isMasked });
    return !observed || observed === record || this.#keep(unit, observed);
  }

  /** Units that wait for these, or are guarded for their sake, may have something to do now. */
  #checkThoseBehind(units: ReadonlySet<string>): void {
    for (const name of this.#order.affectedBy(units)) {
      this.#report(name);
      const worker = this.#workers.get(name);
      worker?.check();
      worker?.retry((error) => error instanceof TriggerRefusedError);
    }
  }

  /** What the agent knows or does of the unit has changed: services wait for their sockets. */
  #changed(unit: string): void {
    this.#report(unit);
    if (this.#order.isTrigger(unit)) this.#checkThoseBehind(new Set([unit]));
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
      onFailure: () => this.#changed(unit),
      onIdle: () => {
        this.#observe(unit);
        this.#changed(unit);
        this.#forgetIfGone(unit);
        this.#idle.poke();
        this.#options.onSettled();
      },
    });
    this.#workers.set(unit, worker);
    this.#order.note([unit]);
    return worker;
  }

  #forgetIfGone(unit: string): void {
    const { assignments, manager } = this.#options;
    if (assignments.all.has(unit) || manager.list().has(unit) || this.#workers.get(unit)?.isWorking) return;
    this.#workers.delete(unit);
    this.#order.forget(unit);
    this.#files.forget(unit);
    this.#settled.forget(unit);
    // What has no file may run still: only systemd knows.
    if (manager.connected) this.#guarded.forget(unit);
  }

  async #execute(task: Task, signal: AbortSignal): Promise<void> {
    try {
      // Once the cluster's file is in place: a host's own unit of this name is none of the guard's business.
      if (task.type !== "write") this.#guarded.tell(task.unit);
      await this.#executor.execute(task, signal);
      if (task.type === "remove" && !this.#options.manager.list().has(task.unit)) this.#guarded.remove(task.unit);
      // Its file is new here, and may be what others require.
      const isMended = (error: unknown): boolean => error instanceof RequirementMissingError;
      if (task.type === "write") for (const worker of this.#workers.values()) worker.retry(isMended);
    } catch (error) {
      if (error instanceof HostUnitError && !this.#options.manager.list().has(task.unit))
        this.#guarded.forget(task.unit);
      this.#outage.note(error);
      throw error;
    }
  }

  /** Undefined while nothing may be done. */
  #situationToActOn(unit: string): Situation | undefined {
    const { launches, assignments } = this.#options;
    const { all, synced, unreadable } = assignments;
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
        if (assignment) return this.#situation(unit, assignment);
        return synced && !unreadable.has(unit) && !launches.isOrphan(unit)
          ? this.#situation(unit, undefined)
          : undefined;
      default:
        return this.#aim satisfies never;
    }
  }

  #situation(unit: string, assignment: Assignment | undefined): Situation {
    const { manager, launches } = this.#options;
    return {
      unit,
      assignment,
      managed: manager.list().get(unit),
      file: this.#fileOf(unit),
      launch: launches.all.get(unit),
      waitsFor: this.#order.waitOf(unit),
      givesWayTo: this.#order.claimantOf(unit),
      isGuarded: this.#guarded.isGuarded(unit),
      isWatched: this.#guarded.isWatched(unit),
      isListed: this.#guarded.has(unit),
      isGuardBehind: this.#guarded.isBehind(unit),
      guardProblem: this.#guarded.problemOf(unit),
      note: this.#executor.noteOf(unit),
    };
  }

  #fileOf(unit: string): FileInPlace | undefined {
    const managed = this.#options.manager.list().get(unit);
    return managed && this.#files.of(unit, managed.text);
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
