import type { Unit } from "@flotilla/model";
import type { Effort, Steps } from "../../effort.ts";
import { include } from "../../multimap.ts";
import { isLiteral, type Patterns } from "../patterns.ts";
import type { RuleSet } from "../rule-set.ts";

interface Glob {
  /** The units whose file has the glob. */
  readonly askers: Set<string>;
  /** The wanted units that the glob matches. */
  readonly matches: Set<string>;
}

/**
 * Which unit files mention which other units, by rules that bind units together or replace them. The links between two
 * units depend only on the names that these units, and the units linked with them, mention.
 */
export class Mentions {
  readonly #rules: RuleSet;
  readonly #patterns: Patterns;
  readonly #wanted: ReadonlyMap<string, Unit>;
  readonly #by = new Map<string, readonly string[]>();
  readonly #of = new Map<string, Set<string>>();
  readonly #globs = new Map<string, Glob>();
  readonly #globsOf = new Map<string, readonly string[]>();
  /** The globs that match a wanted unit, by its name. */
  readonly #globsOn = new Map<string, Set<Glob>>();
  readonly #effort: Effort;

  constructor(rules: RuleSet, patterns: Patterns, wanted: ReadonlyMap<string, Unit>, effort: Effort) {
    this.#rules = rules;
    this.#patterns = patterns;
    this.#wanted = wanted;
    this.#effort = effort;
  }

  /**
   * Matches the globs of other units against the name of a unit that came, left or changed. Must be called before
   * `read`.
   */
  *rematch(name: string): Steps<void> {
    for (const glob of this.#globsOn.get(name) ?? []) glob.matches.delete(name);
    this.#globsOn.delete(name);
    if (!this.#wanted.has(name)) return;
    for (const [pattern, glob] of this.#globs) {
      if (this.#patterns.matches(pattern, name)) this.#noteMatch(glob, name);
      if (this.#effort.isStepOver()) yield;
    }
  }

  /** Reads the names that a unit's file mentions now: none if the unit is not wanted. */
  *read(name: string): Steps<void> {
    const unit = this.#wanted.get(name);
    const bound = unit ? collected(this.#rules.together, (rule) => rule.mentions(unit)) : NONE;
    const replaced = unit ? collected(this.#rules.replacing, (rule) => rule.replaces(unit)) : NONE;
    const names = replaced.length === 0 ? bound : [...bound, ...replaced.filter(isLiteral)];
    this.#setNames(name, names);
    this.#effort.spend(1 + 5 * names.length);
    if (this.#effort.isStepOver()) yield;
    yield* this.#setGlobs(name, replaced.length === 0 ? NONE : replaced.filter((pattern) => !isLiteral(pattern)));
  }

  /** The wanted units that a glob of a replacing rule matches. */
  matchesOf(pattern: string): Iterable<string> {
    return this.#globs.get(pattern)?.matches ?? [];
  }

  /**
   * Adds `name` and all names that are linked with it, directly or through others, to `found`; adds nothing if no name
   * is linked.
   */
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

  /** @param seen globs whose names have all been found. */
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
    for (const other of names) include(this.#of, other, name);
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
    include(this.#globsOn, name, glob);
  }

  #drop(pattern: string, glob: Glob): void {
    this.#globs.delete(pattern);
    for (const name of glob.matches) {
      const on = this.#globsOn.get(name);
      if (on?.delete(glob) && on.size === 0) this.#globsOn.delete(name);
    }
  }
}

const NONE: readonly string[] = [];

/**
 * Collects what several rules say about one unit. Allocates nothing if at most one rule says anything, which is the
 * usual case.
 */
function collected<R>(rules: readonly R[], read: (rule: R) => readonly string[]): readonly string[] {
  let all = NONE;
  for (const rule of rules) {
    const more = read(rule);
    if (more.length > 0) all = all.length === 0 ? more : [...all, ...more];
  }
  return all;
}
