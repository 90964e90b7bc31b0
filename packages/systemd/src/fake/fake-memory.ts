import { startedState } from "./fake-behaviour.ts";
import { isAtRest } from "../active-state.ts";
import type { FakeUnit } from "./fake-unit.ts";
import { definitionOf } from "./unit-definition.ts";

export interface FakeMemoryOptions {
  /** The cluster's file of this unit, with its load state. */
  readonly read: (name: string) => { readonly text: string; readonly loadState: string } | undefined;
  readonly isHostUnit: (name: string) => boolean;
  /** The units that targets want, by the links that systemd has read. */
  readonly wantedByTargets: () => { has(name: string): boolean; keys(): Iterable<string> };
  readonly onChange: (name: string) => void;
}

const DEAD = { activeState: "inactive", subState: "dead", result: "success" };

/**
 * The units that the fake systemd has in memory. A unit is loaded together with the units that it refers to. It is
 * forgotten when it is inactive, has no job, and no unit in memory refers to it. Until then it can be started as it was
 * loaded, even without its file; a daemon-reload reads all files again.
 */
export class FakeMemory {
  readonly #options: FakeMemoryOptions;
  readonly #units = new Map<string, FakeUnit>();
  /** The few units that refer to others. */
  readonly #referring = new Set<string>();

  constructor(options: FakeMemoryOptions) {
    this.#options = options;
  }

  get units(): ReadonlyMap<string, FakeUnit> {
    return this.#units;
  }

  /** The unit in memory; loaded from its file when it is not in memory, or was loaded before it had a file. */
  load(name: string): FakeUnit {
    const known = this.#units.get(name);
    if (known && (known.loadState !== "not-found" || !this.#options.read(name))) return known;
    return this.#load(name, known);
  }

  set(name: string, unit: FakeUnit): void {
    this.#units.set(name, unit);
    if (unit.definition.refersTo.length > 0) this.#referring.add(name);
    else this.#referring.delete(name);
    this.#options.onChange(name);
    if (isAtRest(unit) && !unit.job) this.#rearm(name);
  }

  update(name: string, change: Partial<FakeUnit>): void {
    const unit = this.#units.get(name);
    if (unit) this.set(name, { ...unit, ...change });
  }

  clearFailure(name: string): void {
    if (this.#units.get(name)?.activeState === "failed") this.update(name, DEAD);
  }

  forget(name: string): void {
    this.#referring.delete(name);
    if (this.#units.delete(name)) this.#options.onChange(name);
  }

  /** Forgets the unit if nothing keeps it in memory, and then the units that only it referred to. */
  collect(name: string): void {
    const unit = this.#units.get(name);
    if (!unit || this.#isHeld(name, unit) || this.#isReferredTo(name, new Set())) return;
    this.forget(name);
    for (const other of unit.definition.refersTo) this.collect(other);
  }

  /** daemon-reload: reads all files again; units, jobs and states stay. */
  reload(): void {
    for (const [name, unit] of this.#units) if (!this.#options.isHostUnit(name)) this.#load(name, unit);
    for (const name of this.#options.wantedByTargets().keys()) this.load(name);
    for (const name of [...this.#units.keys()]) this.collect(name);
  }

  clear(): void {
    this.#units.clear();
    this.#referring.clear();
  }

  /** Triggers wait again when the unit that they started has ended. */
  #rearm(name: string): void {
    for (const trigger of this.#referring) {
      const unit = this.#units.get(trigger);
      if (unit?.definition.triggers === name && unit.subState === "running")
        this.update(trigger, { subState: startedState(trigger, unit.definition).subState });
    }
  }

  #load(name: string, known: FakeUnit | undefined): FakeUnit {
    const { text = "", loadState = "not-found" } = this.#options.read(name) ?? {};
    const unit = { ...DEAD, ...known, loadedText: text, loadState, definition: definitionOf(name, text) };
    this.set(name, unit);
    for (const other of unit.definition.refersTo) if (!this.#units.has(other)) this.#load(other, undefined);
    return unit;
  }

  #isHeld(name: string, unit: FakeUnit): boolean {
    // A failed unit stays in memory until its failure is cleared (CollectMode=, systemd.unit(5)).
    if (unit.job ?? unit.pause ?? unit.hasLeftovers) return true;
    return unit.activeState !== "inactive" || this.#options.isHostUnit(name);
  }

  /** Whether a target, or a unit that stays in memory, refers to the unit. */
  #isReferredTo(name: string, asked: Set<string>): boolean {
    asked.add(name);
    for (const other of this.#referring) {
      const unit = this.#units.get(other);
      if (!unit || asked.has(other) || !unit.definition.refersTo.includes(name)) continue;
      if (this.#isHeld(other, unit) || this.#isReferredTo(other, asked)) return true;
    }
    return this.#options.wantedByTargets().has(name);
  }
}

/** Whether a trigger may be started while the triggered unit has this state. */
export function mayTrigger(trigger: string, triggered: FakeUnit | undefined): boolean {
  if (triggered?.loadState !== "loaded") return false;
  // "Socket service %s already active, refusing." (socket.c), "Path %s is already a mount point" (automount.c)
  return !/\.(socket|automount)$/.test(trigger) || isAtRest(triggered) || triggered.subState === "auto-restart";
}
