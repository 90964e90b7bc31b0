import type { Unit } from "@flotilla/model";
import { triggeredUnitOf } from "@flotilla/unit";
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

  constructor(patterns: Patterns, wanted: ReadonlyMap<string, Unit>) {
    this.#patterns = patterns;
    this.#wanted = wanted;
  }

  /** Reads what a unit says now; that is nothing if it is not wanted. */
  read(name: string): void {
    const unit = this.#wanted.get(name);
    this.#setNames(name, unit ? namedBy(unit) : []);
    this.#setGlobs(name, unit ? unit.requirements.replaces.filter((pattern) => !isLiteral(pattern)) : []);
    for (const [pattern, { matches }] of this.#globs) {
      if (unit && this.#patterns.matches(pattern, name)) matches.add(name);
      else matches.delete(name);
    }
  }

  /** The wanted units that a glob of Replaces= matches. */
  matchesOf(pattern: string): Iterable<string> {
    return this.#globs.get(pattern)?.matches ?? [];
  }

  /** Adds all names to `found` that are linked with `name`, directly or by way of others, and then itself. */
  collect(name: string, found: Set<string>): void {
    if (found.has(name) || !this.#isLinked(name)) return;
    const queue = [name];
    found.add(name);
    for (const next of queue) {
      for (const other of this.#linkedWith(next)) {
        if (found.has(other)) continue;
        found.add(other);
        queue.push(other);
      }
    }
  }

  #isLinked(name: string): boolean {
    if (this.#by.size === 0) return this.#globs.size > 0;
    if (this.#by.has(name) || this.#of.has(name) || this.#globsOf.has(name)) return true;
    if (this.#globs.size === 0) return false;
    for (const { matches } of this.#globs.values()) if (matches.has(name)) return true;
    return false;
  }

  *#linkedWith(name: string): Generator<string> {
    yield* this.#by.get(name) ?? [];
    yield* this.#of.get(name) ?? [];
    for (const pattern of this.#globsOf.get(name) ?? []) yield* this.matchesOf(pattern);
    for (const { askers, matches } of this.#globs.values()) if (matches.has(name)) yield* askers;
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

  #setGlobs(name: string, patterns: readonly string[]): void {
    for (const pattern of this.#globsOf.get(name) ?? []) {
      const glob = this.#globs.get(pattern);
      if (glob?.askers.delete(name) && glob.askers.size === 0) this.#globs.delete(pattern);
    }
    this.#globsOf.delete(name);
    if (patterns.length === 0) return;
    this.#globsOf.set(name, patterns);
    for (const pattern of patterns) this.#globOf(pattern).askers.add(name);
  }

  #globOf(pattern: string): Glob {
    const known = this.#globs.get(pattern);
    if (known) return known;
    const matches = this.#patterns.matcher(pattern);
    const made = { askers: new Set<string>(), matches: new Set([...this.#wanted.keys()].filter(matches)) };
    this.#globs.set(pattern, made);
    return made;
  }
}

function namedBy({ name, file, requirements: { machineOf, replaces } }: Unit): readonly string[] {
  const triggered = triggeredUnitOf(name, file.options);
  if (triggered === undefined && machineOf.length === 0 && replaces.length === 0) return [];
  return [...machineOf, ...replaces.filter(isLiteral), ...(triggered === undefined ? [] : [triggered])];
}
