import type { Clock } from "@flotilla/runtime";
import type { JobResult } from "../port.ts";
import { HostUnitError } from "../unit-manager-error.ts";
import { endAfter, type FakeBehaviour } from "./fake-behaviour.ts";
import type { FakeJob } from "./fake-job.ts";
import { FakeJobs } from "./fake-jobs.ts";
import { FakeLinks } from "./fake-links.ts";
import { FakeMemory } from "./fake-memory.ts";
import { FakeRemoval } from "./fake-removal.ts";
import { refusal } from "./fake-refusal.ts";
import type { FakeUnit } from "./fake-unit.ts";
import { definitionOf } from "./unit-definition.ts";

export interface FakeSystemdOptions {
  readonly clock: Clock;
  /** How long a start takes unless `behave` says otherwise, milliseconds. Default 10. */
  readonly startMs?: number;
  /** How long a stop takes unless `behave` says otherwise, milliseconds. Default 10. */
  readonly stopMs?: number;
  /** How long a daemon-reload takes that the removal of a unit needs, milliseconds. Default 0. */
  readonly reloadMs?: number;
  /** Told of each unit that systemd is about to start by itself: for a trigger, for another unit, or after it died. */
  readonly onOwnStart?: (name: string) => void;
}

type Event = { readonly type: "changed"; readonly name: string } | { readonly type: "bus" | "reloaded" };
type Listener = (event: Event) => void;

/**
 * A host's systemd, in memory and on a clock: what outlives a fleetd that crashes. FakeUnitManager is
 * a connection to it. Tests and the simulator make it misbehave through its methods; given the same
 * calls at the same times it does the same things.
 */
export class FakeSystemd {
  readonly #files = new Map<string, string>();
  readonly #memory: FakeMemory;
  readonly #jobs: FakeJobs;
  readonly #links = new FakeLinks();
  readonly #hostUnits = new Set<string>();
  readonly #behaviours = new Map<string, FakeBehaviour>();
  readonly #removal: FakeRemoval;
  readonly #listeners = new Set<Listener>();
  #mayStart: (name: string) => boolean = () => true;
  #busUp = true;
  #boot = 1;
  #reloads = 0;

  constructor(options: FakeSystemdOptions) {
    const { clock, startMs = 10, stopMs = 10, reloadMs = 0, onOwnStart = () => {} } = options;
    this.#memory = new FakeMemory({
      read: (name) => this.#read(name),
      isHostUnit: (name) => this.#hostUnits.has(name),
      wantedByTargets: () => this.#links.known,
      onChange: (name) => this.#emit({ type: "changed", name }),
    });
    this.#jobs = new FakeJobs({
      clock,
      memory: this.#memory,
      howOf: (name) => ({ startMs, stopMs, ...this.#behaviours.get(name) }),
      mayStart: (name) => this.#mayStart(name),
      onOwnStart,
    });
    this.#removal = new FakeRemoval({
      clock,
      reloadMs,
      files: this.#files,
      links: this.#links,
      memory: this.#memory,
      reload: () => this.reload(),
      onChange: (name) => this.#emit({ type: "changed", name }),
    });
  }

  // What a test looks at.

  get files(): ReadonlyMap<string, string> {
    return this.#files;
  }

  /** Every unit that is loaded, as systemd itself sees it: the truth, whatever a connection knows of it. */
  get units(): ReadonlyMap<string, FakeUnit> {
    return this.#memory.units;
  }

  get enabled(): ReadonlySet<string> {
    return this.#links.enabled;
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
    return this.#jobs.starts(name);
  }

  isActive(name: string): boolean {
    return this.units.get(name)?.activeState === "active";
  }

  // What a test does to it.

  isHostUnit(name: string): boolean {
    return this.#hostUnits.has(name);
  }

  /** As it would find the unit if it read the files now. */
  isMasked(name: string): boolean {
    return this.#behaviours.get(name)?.load === "masked";
  }

  /** Units whose removal has begun and is not over, or that ran when they were removed. */
  get leftovers(): ReadonlySet<string> {
    return this.#removal.leftovers;
  }

  /** Sets how a unit behaves from now on; a job that is under way goes on as it began. */
  behave(name: string, behaviour: FakeBehaviour): void {
    this.#behaviours.set(name, behaviour);
  }

  /** Units start from now on only while `holds` says so of them, as with AssertPathExists= (systemd.unit(5)). */
  assertStarts(holds: (name: string) => boolean): void {
    this.#mayStart = holds;
  }

  /** The host gets a unit of its own: running, or masked. One of the cluster's by that name is the host's from then on. */
  addHostUnit(name: string, loadState: "loaded" | "masked" = "loaded"): void {
    this.#hostUnits.add(name);
    this.#files.delete(name);
    this.#links.delete(name);
    const activeState = loadState === "loaded" ? "active" : "inactive";
    const subState = loadState === "loaded" ? "running" : "dead";
    const definition = definitionOf(name, "");
    this.#memory.set(name, { loadedText: "", definition, loadState, activeState, subState, result: "success" });
  }

  /** The host gives its unit up, stopped. */
  removeHostUnit(name: string): void {
    this.#hostUnits.delete(name);
    this.#memory.forget(name);
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

  /** A target is started, by an administrator or at the end of a boot: what systemd knows it to want is, too. */
  startTarget(target: string): void {
    for (const name of this.#links.wantedBy(target)) void this.#jobs.tryStart(name);
  }

  /** The moment has come for which this timer, socket or path waits: it starts its unit. */
  fire(name: string): void {
    const { activeState, definition } = this.units.get(name) ?? {};
    if (activeState !== "active" || definition?.triggers === undefined || this.#hostUnits.has(name)) return;
    this.#memory.update(name, { subState: "running" });
    if (!this.#jobs.tryStart(definition.triggers))
      this.#memory.update(name, { activeState: "failed", subState: "failed", result: "resources" });
  }

  /** The unit's main process dies; what comes of it, Restart= says. */
  die(name: string): void {
    if (!this.isActive(name)) return;
    this.#jobs.ended(name, { activeState: "failed", subState: "failed", result: "exit-code" });
  }

  /** Power goes and comes back: all that lives under /run is gone, and every connection with it. */
  reboot(): void {
    this.#boot += 1;
    for (const { job, pause } of this.units.values()) {
      job?.abort.abort();
      pause?.abort.abort();
    }
    for (const memory of [this.#files, this.#memory, this.#links, this.#removal]) memory.clear();
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
    this.#removal.written(name);
    this.#emit({ type: "changed", name });
  }

  /** See UnitManager.remove. */
  async remove(name: string): Promise<boolean> {
    return this.#hostUnits.has(name) || (await this.#removal.remove(name));
  }

  /** The unit's processes get a signal, and die of it where it is one that ends a process. */
  kill(name: string, signal: number): void {
    const unit = this.units.get(name);
    if (!unit) throw refusal(name, "not-loaded");
    const end = endAfter(signal);
    if (!end) return;
    unit.job?.killed.abort();
    if (unit.activeState === "active") this.#jobs.ended(name, end);
  }

  /** See UnitManager.killLeftovers. */
  killLeftovers(name: string): number {
    if (!this.units.get(name)?.hasLeftovers) return 0;
    this.#memory.update(name, { hasLeftovers: false });
    this.#memory.collect(name);
    return 1;
  }

  resetFailed(name: string): void {
    const unit = this.units.get(name);
    if (!unit) throw refusal(name, "not-loaded");
    this.#memory.update(name, { startedAt: [] });
    this.#memory.clearFailure(name);
    this.#memory.collect(name);
  }

  /** Puts links into the targets that the file in place asks for; systemd knows of them after a reload. */
  enable(name: string): void {
    this.#links.put(name, definitionOf(name, this.#files.get(name) ?? ""));
  }

  /** Reads the unit's file, and if nothing holds on to the unit, forgets it again; returns what it made of the file. */
  load(name: string): string {
    const { loadState } = this.#memory.load(name);
    this.#memory.collect(name);
    return loadState;
  }

  needsReload(name: string): boolean {
    const unit = this.units.get(name);
    if (!unit || unit.loadState === "not-found" || this.#hostUnits.has(name)) return false;
    return unit.loadedText !== this.#files.get(name);
  }

  reload(): void {
    this.#reloads += 1;
    this.#links.reload();
    this.#memory.reload();
    this.#emit({ type: "reloaded" });
  }

  /** @throws UnitManagerRefusedError when the unit cannot be loaded. */
  job(name: string, type: FakeJob["type"]): Promise<JobResult> {
    return this.#jobs.request(name, type);
  }

  #read(name: string): { readonly text: string; readonly loadState: string } | undefined {
    const text = this.#files.get(name) ?? this.#removal.fileOf(name);
    return text === undefined ? undefined : { text, loadState: this.#behaviours.get(name)?.load ?? "loaded" };
  }

  #emit(event: Event): void {
    for (const listener of this.#listeners) listener(event);
  }
}
