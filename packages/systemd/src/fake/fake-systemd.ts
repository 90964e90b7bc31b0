import type { Clock } from "@flotilla/runtime";
import type { JobResult } from "../port.ts";
import { HostUnitError } from "../unit-manager-error.ts";
import { endAfter, type FakeBehaviour, isReloadable, jobResult, requiredBy, startedState } from "./fake-behaviour.ts";
import { type FakeJob, lasts, newJob } from "./fake-job.ts";
import { refusal } from "./fake-refusal.ts";
import type { FakeUnit } from "./fake-unit.ts";

export interface FakeSystemdOptions {
  readonly clock: Clock;
  /** How long a start takes unless `behave` says otherwise, milliseconds. Default 10. */
  readonly startMs?: number;
  /** How long a stop takes unless `behave` says otherwise, milliseconds. Default 10. */
  readonly stopMs?: number;
}

type Listener = (event: { readonly type: "changed"; readonly name: string } | { readonly type: "bus" }) => void;

/**
 * A host's systemd, in memory and on a clock: what outlives a fleetd that crashes. FakeUnitManager is
 * a connection to it. Tests and the simulator make it misbehave through its methods; given the same
 * calls at the same times it does the same things.
 */
export class FakeSystemd {
  readonly #clock: Clock;
  readonly #defaults: { readonly startMs: number; readonly stopMs: number };
  readonly #files = new Map<string, string>();
  readonly #units = new Map<string, FakeUnit>();
  readonly #hostUnits = new Set<string>();
  readonly #behaviours = new Map<string, FakeBehaviour>();
  readonly #enabled = new Set<string>();
  readonly #starts = new Map<string, number>();
  readonly #listeners = new Set<Listener>();
  #mayStart: (name: string) => boolean = () => true;
  #busUp = true;
  #boot = 1;
  #reloads = 0;

  constructor(options: FakeSystemdOptions) {
    this.#clock = options.clock;
    this.#defaults = { startMs: options.startMs ?? 10, stopMs: options.stopMs ?? 10 };
  }

  // What a test looks at.

  get files(): ReadonlyMap<string, string> {
    return this.#files;
  }

  /** Every unit that is loaded, as systemd itself sees it: the truth, whatever a connection knows of it. */
  get units(): ReadonlyMap<string, FakeUnit> {
    return this.#units;
  }

  get enabled(): ReadonlySet<string> {
    return this.#enabled;
  }

  get busUp(): boolean {
    return this.#busUp;
  }

  /** Counts boots, from 1. */
  get boot(): number {
    return this.#boot;
  }

  /** How many daemon-reloads there have been. */
  get reloads(): number {
    return this.#reloads;
  }

  /** How many times the unit's processes have been started. */
  starts(name: string): number {
    return this.#starts.get(name) ?? 0;
  }

  isActive(name: string): boolean {
    return this.#units.get(name)?.activeState === "active";
  }

  // What a test does to it.

  /** Sets how a unit behaves from now on; a job that is under way goes on as it began. */
  behave(name: string, behaviour: FakeBehaviour): void {
    this.#behaviours.set(name, behaviour);
  }

  /** Units start from now on only while `holds` says so of them, as with AssertPathExists= (systemd.unit(5)). */
  assertStarts(holds: (name: string) => boolean): void {
    this.#mayStart = holds;
  }

  /** The host gets a unit of its own: running, or masked. */
  addHostUnit(name: string, loadState: "loaded" | "masked" = "loaded"): void {
    this.#hostUnits.add(name);
    const activeState = loadState === "loaded" ? "active" : "inactive";
    const subState = loadState === "loaded" ? "running" : "dead";
    this.#set(name, { loadedText: "", loadState, activeState, subState, result: "success" });
  }

  /** The host gives its unit up, stopped. */
  removeHostUnit(name: string): void {
    this.#hostUnits.delete(name);
    this.#units.delete(name);
    this.#emit({ type: "changed", name });
  }

  /** Connections are lost; units and jobs go on. */
  dropBus(): void {
    this.#busUp = false;
    this.#emit({ type: "bus" });
  }

  restoreBus(): void {
    this.#busUp = true;
    this.#emit({ type: "bus" });
  }

  /** An administrator starts or stops the unit by hand on the host. */
  admin(type: "start" | "stop" | "restart", name: string): Promise<JobResult> {
    return this.job(name, type);
  }

  /** The unit's main process dies, and systemd does not restart it. */
  die(name: string): void {
    const unit = this.#units.get(name);
    if (unit?.activeState !== "active") return;
    this.#set(name, { ...unit, activeState: "failed", subState: "failed", result: "exit-code" });
  }

  /** Power goes and comes back: all that lives under /run is gone, and every connection with it. */
  reboot(): void {
    this.#boot += 1;
    for (const { job } of this.#units.values()) job?.abort.abort();
    for (const memory of [this.#files, this.#units, this.#enabled]) memory.clear();
    this.#emit({ type: "bus" });
    this.#busUp = true;
    for (const name of this.#hostUnits) this.addHostUnit(name);
  }

  // What a connection asks of it.

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  write(name: string, text: string): void {
    if (this.#hostUnits.has(name)) throw new HostUnitError(name, "loaded in systemd");
    this.#files.set(name, text);
    this.#emit({ type: "changed", name });
  }

  remove(name: string): void {
    if (this.#hostUnits.has(name)) return;
    this.#files.delete(name);
    this.#enabled.delete(name);
    const unit = this.#units.get(name);
    if (unit?.activeState === "failed") this.#set(name, { ...unit, activeState: "inactive", subState: "dead" });
    this.#collect(name);
    this.#emit({ type: "changed", name });
  }

  /** The unit's processes get a signal, and die of it where it is one that ends a process. */
  kill(name: string, signal: number): void {
    const unit = this.#units.get(name);
    if (!unit) throw refusal(name, "not-loaded");
    const end = endAfter(signal);
    if (!end) return;
    unit.job?.killed.abort();
    if (unit.activeState !== "active") return;
    this.#set(name, { ...unit, ...end });
    this.#collect(name);
  }

  resetFailed(name: string): void {
    const unit = this.#units.get(name);
    if (!unit) throw refusal(name, "not-loaded");
    if (unit.activeState !== "failed") return;
    this.#set(name, { ...unit, activeState: "inactive", subState: "dead", result: "success" });
    this.#collect(name);
  }

  enable(name: string): void {
    if (/^\[Install\]\s*$/m.test(this.#files.get(name) ?? "")) this.#enabled.add(name);
  }

  /** Reads the unit's file, and as nothing holds on to the unit, forgets it again if it is inactive. */
  load(name: string): void {
    this.#load(name);
    this.#collect(name);
  }

  #load(name: string): FakeUnit {
    const known = this.#units.get(name);
    if (known) return known;
    const text = this.#files.get(name);
    const loadState = text === undefined ? "not-found" : (this.#behaviours.get(name)?.load ?? "loaded");
    const unit = { loadedText: text ?? "", loadState, activeState: "inactive", subState: "dead", result: "success" };
    this.#set(name, unit);
    return unit;
  }

  needsReload(name: string): boolean {
    const unit = this.#units.get(name);
    return unit !== undefined && !this.#hostUnits.has(name) && unit.loadedText !== (this.#files.get(name) ?? "");
  }

  reload(): void {
    this.#reloads += 1;
    for (const [name, unit] of this.#units) {
      const text = this.#files.get(name);
      if (text === undefined) continue;
      this.#set(name, { ...unit, loadedText: text, loadState: this.#behaviours.get(name)?.load ?? "loaded" });
    }
  }

  /** @throws UnitManagerRefusedError when the unit cannot be loaded. */
  job(name: string, type: FakeJob["type"]): Promise<JobResult> {
    const unit = this.#load(name);
    if (unit.loadState !== "loaded") throw refusal(name, unit.loadState);
    const missing = requiredBy(unit.loadedText).find((one) => !this.#files.has(one) && !this.#hostUnits.has(one));
    if (missing !== undefined && type !== "stop") throw refusal(missing, "not-found");
    if (type === "reload" && !isReloadable(unit.loadedText)) throw refusal(name, "no-reload");
    if (unit.job?.type === type) return unit.job.ended;
    unit.job?.abort.abort();
    unit.job?.end(jobResult(unit.job.type, name, "canceled"));
    const job = newJob(type);
    this.#set(name, { ...unit, job });
    // An aborted job has been answered by what aborted it.
    this.#run(name, job).then(job.end, () => {});
    return job.ended;
  }

  async #run(name: string, job: FakeJob): Promise<JobResult> {
    const how = { ...this.#defaults, ...this.#behaviours.get(name) };
    if (job.type === "reload") return this.#reloadOne(name);
    if (job.type !== "start" && this.#stoppable(name)) {
      this.#update(name, { activeState: "deactivating", subState: "stop-sigterm" });
      await lasts(this.#clock, how.stop === "hang" ? "hang" : how.stopMs, job);
      this.#update(name, { activeState: "inactive", subState: "dead", result: "success" });
    }
    let result = "done";
    if (job.type !== "stop" && !this.isActive(name))
      result = this.#mayStart(name) ? await this.#start(name, job, how) : "assert";
    this.#update(name, { job: undefined });
    this.#collect(name);
    return jobResult(job.type, name, result);
  }

  async #start(name: string, job: FakeJob, how: FakeBehaviour & { readonly startMs: number }): Promise<string> {
    this.#update(name, { activeState: "activating", subState: "start" });
    this.#starts.set(name, this.starts(name) + 1);
    const killed = await lasts(this.#clock, how.start === "hang" ? "hang" : how.startMs, job);
    const result = killed ? "failed" : (how.start ?? "done");
    this.#update(name, this.#outcome(name, result));
    return result;
  }

  #reloadOne(name: string): JobResult {
    const result = this.isActive(name) ? "done" : "invalid";
    this.#update(name, { job: undefined });
    this.#collect(name);
    return jobResult("reload", name, result);
  }

  #stoppable(name: string): boolean {
    const state = this.#units.get(name)?.activeState;
    return state !== undefined && state !== "inactive" && state !== "failed";
  }

  #outcome(name: string, result: string): Partial<FakeUnit> {
    if (result === "done") return { ...startedState(name, this.#units.get(name)?.loadedText ?? ""), result: "success" };
    if (result === "dependency") return { activeState: "inactive", subState: "dead" };
    return { activeState: "failed", subState: "failed", result: result === "timeout" ? "timeout" : "exit-code" };
  }

  /** systemd forgets a unit that is inactive and that nothing refers to; its next start reads the file anew. */
  #collect(name: string): void {
    const unit = this.#units.get(name);
    if (!unit || unit.job || unit.activeState !== "inactive" || this.#hostUnits.has(name)) return;
    this.#units.delete(name);
    this.#emit({ type: "changed", name });
  }

  #update(name: string, change: Partial<FakeUnit>): void {
    const unit = this.#units.get(name);
    if (unit) this.#set(name, { ...unit, ...change });
  }

  #set(name: string, unit: FakeUnit): void {
    this.#units.set(name, unit);
    this.#emit({ type: "changed", name });
  }

  #emit(event: Parameters<Listener>[0]): void {
    for (const listener of this.#listeners) listener(event);
  }
}
