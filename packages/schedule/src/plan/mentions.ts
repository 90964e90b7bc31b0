import type { Unit } from "@flotilla/model";
import { triggeredUnitOf } from "@flotilla/unit";
import type { Effort, Steps } from "../effort.ts";
import { isLiteral, type Patterns } from "./patterns.ts";

interface Glob {
  readonly askers: Set<string>;
  /** The names that it matches, of those that are wanted. */
  readonly matches: Set<string>;
}

/**
 * Which units' files name which other units, by MachineOf, by Replaces or as what they trigger. How two units stand
 * to each other follows from nothing but the names that are linked with theirs.
 */
export class Mentions {
  readonly #patterns: Patterns;
  readonly #wanted: ReadonlyMap<string, Unit>;
  readonly #by = new Map<string, readonly string[]>();
  readonly #of = new Map<string, Set<string>>();
  readonly #globs = new Map<string, Glob>();
  readonly #globsOf = new Map<string, readonly string[]>();
  /** The globs that match a name, of those that are wanted. */
  readonly #globsOn = new Map<string, Set<Glob>>();
  readonly #effort: Effort;

  constructor(patterns: Patterns, wanted: ReadonlyMap<string, Unit>, effort: Effort) {
    this.#patterns = patterns;
    this.#wanted = wanted;
    this.#effort = effort;
  }

  /** A unit came or went, or is wanted or not by now: tries the globs of others on its name. To be called before `read`. */
  *rematch(name: string): Steps<void> {
    for (const glob of this.#globsOn.get(name) ?? []) glob.matches.delete(name);
    this.#globsOn.delete(name);
    if (!this.#wanted.has(name)) return;
    for (const [pattern, glob] of this.#globs) {
      if (this.#patterns.matches(pattern, name)) this.#noteMatch(glob, name);
      if (this.#effort.isStepOver()) yield;
    }
  }

  /** Reads what a unit says now; that is nothing if it is not wanted. */
  *read(name: string): Steps<void> {
    const unit = this.#wanted.get(name);
    const names = unit ? namedBy(unit) : [];
    this.#setNames(name, names);
    this.#effort.spend(1 + 5 * names.length);
    if (this.#effort.isStepOver()) yield;
    yield* this.#setGlobs(name, unit ? unit.requirements.replaces.filter((pattern) => !isLiteral(pattern)) : []);
  }

  /** The wanted units that a glob of Replaces= matches. */
  matchesOf(pattern: string): Iterable<string> {
    return this.#globs.get(pattern)?.matches ?? [];
  }

  /** Adds all names to `found` that are linked with `name`, directly or by way of others, and then itself. */
  *collect(name: string, found: Set<string>): Steps<void> {
    if (found.has(name) || !this.#isLinked(name)) return;
    const queue = [name];
    found.add(name);
    const seen = new Set<Glob>();
    for (const next of queue) {
      for (const other of this.#linkedWith(next, seen)) {
        this.#effort.spend(1);
        if (found.has(other)) continue;
        found.add(other);
        queue.push(other);
      }
      if (this.#effort.isStepOver()) yield;
    }
  }

  #isLinked(name: string): boolean {
    if (this.#by.size === 0) return this.#globs.size > 0;
    if (this.#by.has(name) || this.#of.has(name) || this.#globsOf.has(name)) return true;
    if (this.#globs.size === 0) return false;
    return this.#globsOn.has(name);
  }

  /** @param seen globs all of whose names have been found. */
  *#linkedWith(name: string, seen: Set<Glob>): Generator<string> {
    yield* this.#by.get(name) ?? [];
    yield* this.#of.get(name) ?? [];
    const asked = (this.#globsOf.get(name) ?? []).flatMap((pattern) => this.#globs.get(pattern) ?? []);
    for (const globs of [asked, this.#globsOn.get(name) ?? []]) {
      for (const glob of globs) {
        if (seen.has(glob)) continue;
        seen.add(glob);
        yield* glob.askers;
        yield* glob.matches;
      }
    }
  }

  #setNames(name: string, names: readonly string[]): void {
    for (const other of this.#by.get(name) ?? []) {
      const namers = this.#of.get(other);
      if (namers?.delete(name) && namers.size === 0) this.#of.delete(other);
    }
    this.#by.delete(name);
    if (names.length === 0) return;
    this.#by.set(name, names);
    for (const other of names) {
      const namers = this.#of.get(other);
      if (namers) namers.add(name);
      else this.#of.set(other, new Set([name]));
    }
  }

  *#setGlobs(name: string, patterns: readonly string[]): Steps<void> {
    for (const pattern of this.#globsOf.get(name) ?? []) {
      const glob = this.#globs.get(pattern);
      if (glob?.askers.delete(name) && glob.askers.size === 0) this.#drop(pattern, glob);
    }
    this.#globsOf.delete(name);
    if (patterns.length === 0) return;
    this.#globsOf.set(name, patterns);
    for (const pattern of patterns) (yield* this.#globOf(pattern)).askers.add(name);
  }

  *#globOf(pattern: string): Steps<Glob> {
    const known = this.#globs.get(pattern);
    if (known) return known;
    const made: Glob = { askers: new Set(), matches: new Set() };
    this.#globs.set(pattern, made);
    for (const name of this.#wanted.keys()) {
      if (this.#patterns.matches(pattern, name)) this.#noteMatch(made, name);
      if (this.#effort.isStepOver()) yield;
    }
    return made;
  }

  #noteMatch(glob: Glob, name: string): void {
    glob.matches.add(name);
    const on = this.#globsOn.get(name);
    if (on) on.add(glob);
    else this.#globsOn.set(name, new Set([glob]));
  }

  #drop(pattern: string, glob: Glob): void {
    this.#globs.delete(pattern);
    for (const name of glob.matches) {
      const on = this.#globsOn.get(name);
      if (on?.delete(glob) && on.size === 0) this.#globsOn.delete(name);
    }
  }
}

function namedBy({ name, file, requirements: { machineOf, replaces } }: Unit): readonly string[] {
  const triggered = triggeredUnitOf(name, file.options);
  if (triggered === undefined && machineOf.length === 0 && replaces.length === 0) return [];
  return [...machineOf, ...replaces.filter(isLiteral), ...(triggered === undefined ? [] : [triggered])];
}
