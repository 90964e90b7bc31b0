import type { UnitState } from "@flotilla/model";
import { messageOf, Nudge, rethrowProgrammingError } from "@flotilla/runtime";
import { HostUnitError } from "@flotilla/systemd";
import { Executor, MaskedError, RequirementMissingError, TriggerRefusedError } from "./unit/executor.ts";
import { GuardList } from "./guard/guard-list.ts";
import { FileFacts } from "./unit/file-facts.ts";
import type { LaunchRecord } from "./launch/launch-record.ts";
import { observe } from "./unit/observe.ts";
import { ORPHANED } from "./launch/provenance.ts";
import type { ReconcileMode } from "./reconcile-mode.ts";
import type { ReconcilerOptions } from "./reconciler-options.ts";
import { ReconciledUnits } from "./unit/reconciled-units.ts";
import { RunKeeper } from "./runs/run-keeper.ts";
import { TimerKeeper } from "./timers/timer-keeper.ts";
import { Situations } from "./unit/situations.ts";
import { StartOrder } from "./unit/start-order.ts";
import { Needs } from "./stubs/needs.ts";
import type { Task } from "./unit/task.ts";
import { stateOf } from "./unit/unit-state.ts";
import { SystemdOutage } from "./systemd-outage.ts";
import { UnitTexts } from "./unit/unit-texts.ts";
import { UnitWorker } from "./unit/unit-worker.ts";

/** Makes every unit on this machine match its assignment, with one worker per unit. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #executor: Executor;
  readonly #files: FileFacts;
  readonly #reconciled: ReconciledUnits;
  readonly #guarded: GuardList;
  readonly #workers = new Map<string, UnitWorker>();
  readonly #order: StartOrder;
  readonly #needs: Needs;
  readonly #situations: Situations;
  readonly #runs: RunKeeper;
  readonly #timers: TimerKeeper;
  /** Poked when a worker has nothing left to do. */
  readonly #idle = new Nudge();
  #mode: ReconcileMode = "starting";
  readonly #outage: SystemdOutage;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    const { assignments, mirrors, texts, manager, launches, secrets, guard, clock, log } = options;
    this.#outage = new SystemdOutage({ manager, log });
    const files = new FileFacts(manager);
    const guarded = new GuardList({
      assignments,
      guard,
      triggeredBy: (unit) => files.of(unit)?.triggers,
      // The unit starts again as if it had never run.
      onStopped: (unit) => launches.delete(unit),
      log,
    });
    const troubleOf = (unit: string): UnitWorker["trouble"] => this.#workers.get(unit)?.trouble ?? "none";
    const fileOf = (unit: string): ReturnType<FileFacts["of"]> => files.of(unit);
    const isOneshot = (unit: string): boolean => files.of(unit)?.isOneshot === true;
    const isPersistent = (unit: string): boolean => files.of(unit)?.isPersistent === true;
    const wall = (): number => clock.wall();
    this.#runs = new RunKeeper({ manager, launches, isOneshot, wall });
    this.#timers = new TimerKeeper({ stamps: options.stamps, assignments, isPersistent, wall, log });
    const needs = new Needs({ mirrors, assignments, manager, launches, troubleOf });
    const order = new StartOrder({ assignments, manager, launches, fileOf, troubleOf, guarded });
    this.#reconciled = new ReconciledUnits({ assignments, manager, launches });
    this.#executor = new Executor({
      manager,
      texts: new UnitTexts(texts),
      launches,
      secrets,
      log,
      onRecord: (unit) => this.#changed(unit),
      isBlocked: (unit) => guarded.isBlocked(unit),
      refusalOf: (unit) => order.refusalOf(unit),
      mayStopFor: (unit) => order.mayStopFor(unit),
      onStopFor: (trigger) => order.noteStopFor(trigger),
    });
    const noteOf = (unit: string): string => this.#executor.noteOf(unit);
    [this.#files, this.#guarded, this.#order, this.#needs] = [files, guarded, order, needs];
    const ordering = { order, needs };
    this.#situations = new Situations({ assignments, manager, launches, files, guarded, ...ordering, secrets, noteOf });
    // An exclusive unit that still runs must not run beside its replacement elsewhere.
    void manager.inspect((unit) => this.#guarded.has(unit)).catch(() => {});
  }

  /** Number of units with tasks under way. */
  get working(): number {
    return [...this.#workers.values()].filter(({ isWorking }) => isWorking).length;
  }

  /** Whether some unit has a task under way, not counting units that wait for a retry. */
  get isBusy(): boolean {
    return this.#workers.values().some(({ isWorking, isBackingOff }) => isWorking && !isBackingOff);
  }

  /** Number of units whose tasks fail. */
  get failing(): number {
    return [...this.#workers.values()].filter(({ failure }) => failure !== undefined).length;
  }

  /** Sets the mode; a machine that is draining keeps draining. */
  setMode(mode: ReconcileMode): void {
    if (this.#mode === "draining") return;
    this.#mode = mode;
    if (mode === "reconciling") {
      this.#needs.note(this.#options.assignments.all.keys());
      this.#examine(this.#allUnits());
      // Assignments may have changed while paused.
      for (const worker of this.#workers.values()) worker.reconsider();
    }
    if (mode === "draining") this.assignmentsChanged(this.#allUnits());
  }

  /** Examines every unit with new facts or with open tasks, to catch a missed signal. */
  pass(): void {
    void this.#options.manager.inspect().catch(() => {});
    this.#examine(new Set([...this.#allUnits()].filter((unit) => !this.#reconciled.has(unit))));
  }

  /** Examines the units that wait for the guard. */
  examineGuarded(): void {
    const { all } = this.#options.assignments;
    const exclusive = [...all.values()].filter(({ exclusive }) => exclusive).map(({ unit }) => unit);
    const triggers = [...this.#order.triggers].filter((unit) => this.#guarded.isGuarded(unit));
    this.#examine(new Set([...exclusive, ...triggers]));
  }

  /** Called when the assignments of these units have changed, or their states on other machines. */
  assignmentsChanged(changed: Iterable<string>): void {
    const units = new Set(changed);
    for (const needed of this.#needs.note([...units])) units.add(needed);
    this.#order.note(units);
    for (const unit of units) {
      this.#report(unit);
      this.#worker(unit).reconsider();
      this.#forgetIfGone(unit);
    }
    this.#checkAffected(units);
  }

  /** Called when systemd shows changes of these units. */
  unitsChanged(units: Iterable<string>): void {
    this.#examine(new Set(units));
    if (this.#outage.isJustOver()) for (const worker of this.#workers.values()) worker.retry(() => true);
  }

  /** Takes over what an earlier process of this daemon has published. */
  takeOver(published: ReadonlyMap<string, UnitState>): void {
    for (const unit of this.#runs.takeOver(published)) this.#report(unit);
  }

  /** Resolves once no unit has tasks under way, or at the signal. */
  async untilIdle(signal: AbortSignal): Promise<void> {
    while (this.working > 0 && !signal.aborted) await this.#idle.wait(signal).catch(() => {});
  }

  /** Stops waiting for anything; systemd's jobs continue. */
  stop(): void {
    for (const worker of this.#workers.values()) worker.stop();
  }

  /** Records what systemd shows of these units, and starts work on those that do not match their assignments. */
  #examine(units: ReadonlySet<string>): void {
    this.#order.note(units);
    const { manager } = this.#options;
    for (const unit of units) {
      const isNoted = this.#observe(unit);
      this.#report(unit);
      const worker = this.#worker(unit);
      worker.check();
      worker.retry((error) => error instanceof MaskedError && manager.list().get(unit)?.loadState === "loaded");
      // A guarded unit also depends on the clock.
      if (isNoted && !worker.isWorking && !this.#guarded.isGuarded(unit)) this.#reconciled.note(unit);
      else this.#reconciled.forget(unit);
      this.#forgetIfGone(unit);
    }
    this.#checkAffected(units);
  }

  /** Returns false if a changed record could not be written. */
  #observe(unit: string): boolean {
    const { launches, manager } = this.#options;
    const [record, managed] = [launches.all.get(unit), manager.list().get(unit)];
    const isAwaited = this.#workers.get(unit)?.isWorking ?? false;
    const isMasked = (): boolean => manager.isMasked(unit);
    const isHeldBack = (): boolean => this.#needs.isHeldBack(unit);
    const context = { isAwaited, isMasked, isHeldBack };
    const observed = record && managed && observe(record, managed, context);
    return !observed || observed === record || this.#keep(unit, observed);
  }

  /** Checks the units that wait for these units, or are guarded because of them. */
  #checkAffected(units: ReadonlySet<string>): void {
    for (const name of new Set([...this.#order.affectedBy(units), ...this.#needs.needersOf(units)])) {
      this.#report(name);
      const worker = this.#workers.get(name);
      worker?.check();
      worker?.retry((error) => error instanceof TriggerRefusedError);
    }
  }

  /** Reports a unit whose record or failure has changed, and checks the units that may wait for it. */
  #changed(unit: string): void {
    this.#report(unit);
    if (this.#order.isTrigger(unit) || this.#needs.needersOf([unit]).length > 0) this.#checkAffected(new Set([unit]));
  }

  #keep(unit: string, record: LaunchRecord): boolean {
    try {
      this.#options.launches.put(unit, record);
      return true;
    } catch (error) {
      rethrowProgrammingError(error);
      // The next pass retries; a crash before that would repeat the start.
      this.#options.log.error("cannot write a launch record", { unit, error: messageOf(error) });
      return false;
    }
  }

  #report(unit: string): void {
    if (this.#mode === "starting") return;
    const situation = this.#situations.of(unit);
    const isMachineSpecific = this.#workers.get(unit)?.isMachineSpecific === true;
    const state = stateOf(situation, this.#options.machineID, this.#trouble(unit), isMachineSpecific);
    this.#options.onState(unit, this.#timers.added(unit, this.#runs.added(unit, state)));
  }

  #trouble(unit: string): string | undefined {
    return this.#options.launches.isOrphan(unit) ? ORPHANED : this.#workers.get(unit)?.failure;
  }

  #worker(unit: string): UnitWorker {
    const known = this.#workers.get(unit);
    if (known) return known;
    const { clock, random, log } = this.#options;
    const worker = new UnitWorker({
      unit,
      situation: () => this.#situations.toActOn(unit, this.#mode),
      execute: (task, signal) => this.#execute(task, signal),
      onFailure: () => this.#changed(unit),
      onIdle: () => {
        this.#observe(unit);
        this.#changed(unit);
        this.#forgetIfGone(unit);
        this.#idle.poke();
        this.#options.onIdle();
      },
      clock,
      random,
      log,
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
    this.#reconciled.forget(unit);
    this.#options.secrets.forget(unit);
    // A unit without a file may still run: only systemd knows.
    if (manager.connected) this.#guarded.forget(unit);
  }

  async #execute(task: Task, signal: AbortSignal): Promise<void> {
    try {
      // After the file was written: the guard must not act on a host's own unit of this name.
      if (task.type !== "write") this.#guarded.update(task.unit);
      this.#timers.prepare(task);
      await this.#executor.execute(task, signal);
      if (task.type === "remove" && !this.#options.manager.list().has(task.unit)) this.#guarded.remove(task.unit);
      // The new file may be what other units require.
      const isFixed = (error: unknown): boolean => error instanceof RequirementMissingError;
      if (task.type === "write") for (const worker of this.#workers.values()) worker.retry(isFixed);
    } catch (error) {
      if (error instanceof HostUnitError && !this.#options.manager.list().has(task.unit))
        this.#guarded.forget(task.unit);
      this.#outage.note(error);
      throw error;
    }
  }

  #allUnits(): Set<string> {
    const { assignments, manager, launches, guard, secrets } = this.#options;
    return new Set([
      ...secrets.units,
      ...(guard?.units ?? []),
      ...assignments.all.keys(),
      ...manager.list().keys(),
      ...launches.all.keys(),
      ...this.#workers.keys(),
      ...this.#needs.needed,
    ]);
  }
}
