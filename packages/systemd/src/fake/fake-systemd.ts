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
  /** How long a start takes unless `behave` says otherwise, in milliseconds. Default 10. */
  readonly startMs?: number;
  /** How long a stop takes unless `behave` says otherwise, in milliseconds. Default 10. */
  readonly stopMs?: number;
  /** How long the daemon-reload of a removal takes, in milliseconds. Default 0. */
  readonly reloadMs?: number;
  /** Called with each unit that systemd is about to start by itself: for a trigger, for another unit, or by Restart=. */
  readonly onOwnStart?: (name: string) => void;
}

type Event = { readonly type: "changed"; readonly name: string } | { readonly type: "bus" | "reloaded" };
type Listener = (event: Event) => void;

/**
 * A host's systemd, in memory and on a given clock. It outlives a fleetd that crashes; FakeUnitManager is a connection to
 * it. Tests and the simulator make it misbehave by its methods. The same calls at the same times have the same effects.
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

  // For tests: state.

  get files(): ReadonlyMap<string, string> {
    return this.#files;
  }

  /** Every loaded unit as systemd has it, whether or not a connection has seen that state. */
  get units(): ReadonlyMap<string, FakeUnit> {
    return this.#memory.units;
  }

  get enabled(): ReadonlySet<string> {
    return this.#links.enabled;
  }

  get busUp(): boolean {
    return this.#busUp;
  }

  /** The number of the boot, from 1. */
  get boot(): number {
    return this.#boot;
  }

  /** The number of daemon-reloads. */
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

  // For tests: actions.

  isHostUnit(name: string): boolean {
    return this.#hostUnits.has(name);
  }

  /** Whether systemd would find a mask if it read the files now. */
  isMasked(name: string): boolean {
    return this.#behaviours.get(name)?.load === "masked";
  }

  /** Units whose removal has begun and is not complete, or that ran when they were removed. */
  get leftovers(): ReadonlySet<string> {
    return this.#removal.leftovers;
  }

  /** Sets how a unit behaves from now on; a running job is not affected. */
  behave(name: string, behaviour: FakeBehaviour): void {
    this.#behaviours.set(name, behaviour);
  }

  /** From now on units start only while `holds` is true for them, as with AssertPathExists= (systemd.unit(5)). */
  assertStarts(holds: (name: string) => boolean): void {
    this.#mayStart = holds;
  }

  /** Adds a unit to the host, running or masked. A unit of the cluster with that name becomes the host's. */
  addHostUnit(name: string, loadState: "loaded" | "masked" = "loaded"): void {
    this.#hostUnits.add(name);
    this.#files.delete(name);
    this.#links.delete(name);
    const activeState = loadState === "loaded" ? "active" : "inactive";
    const subState = loadState === "loaded" ? "running" : "dead";
    const definition = definitionOf(name, "");
    this.#memory.set(name, { loadedText: "", definition, loadState, activeState, subState, result: "success" });
  }

  /** Removes a stopped unit from the host. */
  removeHostUnit(name: string): void {
    this.#hostUnits.delete(name);
    this.#memory.forget(name);
  }

  /** Connections are lost; units and jobs continue. */
  dropBus(): void {
    this.#busUp = false;
    this.#emit({ type: "bus" });
  }

  restoreBus(): void {
    this.#busUp = true;
    this.#emit({ type: "bus" });
  }

  /** An administrator starts, stops or restarts the unit on the host. */
  admin(type: "start" | "stop" | "restart", name: string): Promise<JobResult> {
    return this.job(name, type);
  }

  /** Starts the units that the target wants, as a start of the target by an administrator or at boot does. */
  startTarget(target: string): void {
    for (const name of this.#links.wantedBy(target)) void this.#jobs.tryStart(name);
  }

  /** The event that this timer, socket or path waits for: it starts its unit. */
  fire(name: string): void {
    const { activeState, definition } = this.units.get(name) ?? {};
    if (activeState !== "active" || definition?.triggers === undefined || this.#hostUnits.has(name)) return;
    this.#memory.update(name, { subState: "running" });
    if (!this.#jobs.tryStart(definition.triggers))
      this.#memory.update(name, { activeState: "failed", subState: "failed", result: "resources" });
  }

  /** The unit's main process dies; Restart= decides whether systemd restarts the unit. */
  die(name: string): void {
    if (!this.isActive(name)) return;
    this.#jobs.ended(name, { activeState: "failed", subState: "failed", result: "exit-code" });
  }

  /** A power loss and a boot: everything under /run is gone, and so is every connection. */
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

  // For connections.

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

  /** Sends a signal to the unit's processes, which end them if it is a signal that ends a process. */
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

  /** Makes the links that the file in place asks for; systemd reads them at the next reload. */
  enable(name: string): void {
    this.#links.put(name, definitionOf(name, this.#files.get(name) ?? ""));
  }

  /** Loads the unit, and forgets it again if nothing keeps it in memory; returns the load state. */
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
