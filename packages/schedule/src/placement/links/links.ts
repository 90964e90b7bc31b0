import type { Unit } from "@flotilla/model";
import { compare } from "../../compare.ts";
import type { Effort, Steps } from "../../effort.ts";
import { append, include } from "../../multimap.ts";
import type { Link, TogetherRule } from "../../rules/rule.ts";
import type { LinksView } from "../../rules/view.ts";
import { isLiteral, type Patterns } from "../patterns.ts";
import type { RuleSet } from "../rule-set.ts";
import { cyclesOf } from "./cycles.ts";
import { depthsOf } from "./depths.ts";
import { Mentions } from "./mentions.ts";
import { findPath } from "./path.ts";

type Units = ReadonlyMap<string, Unit>;

export interface LinkChanges {
  /** The names linked, before or now, with a changed unit; and the changed unit itself if it is or was linked. */
  readonly linked: ReadonlySet<string>;
  /** Linked units that have not changed, but whose own links have. */
  readonly altered: readonly string[];
}

/** A unit whose machine another unit must share, and the rule that says so. */
export interface Anchor {
  readonly rule: TogetherRule;
  readonly anchor: string;
}

/**
 * How the rules link units: followers with their anchors, and units with those that they replace. The links decide
 * which unit is placed first: anchors before their followers, a unit before those that it replaces.
 */
export class Links implements LinksView {
  readonly #rules: RuleSet;
  readonly #patterns: Patterns;
  readonly #wanted: Units;
  readonly #mentions: Mentions;
  readonly #effort: Effort;
  readonly #anchors = new Map<string, Anchor[]>();
  readonly #followers = new Map<string, string[]>();
  readonly #replaced = new Map<string, Set<string>>();
  readonly #replacers = new Map<string, Set<string>>();
  readonly #depths = new Map<string, number>();

  /** @param wanted the units that need a place; a caller that changes this map must call `update`. */
  constructor(rules: RuleSet, patterns: Patterns, wanted: Units, effort: Effort) {
    this.#rules = rules;
    this.#patterns = patterns;
    this.#wanted = wanted;
    this.#effort = effort;
    this.#mentions = new Mentions(rules, patterns, wanted, effort);
  }

  /**
   * Takes in units that have come, left or changed.
   * @param units all units that the cluster knows.
   */
  *update(changed: ReadonlySet<string>, units: Units): Steps<LinkChanges> {
    const before = new Set<string>();
    for (const name of changed) yield* this.#mentions.collect(name, before);
    for (const name of changed) yield* this.#mentions.rematch(name);
    for (const name of changed) yield* this.#mentions.read(name);
    const linked = new Set<string>();
    for (const name of changed) yield* this.#mentions.collect(name, linked);
    for (const name of before) linked.add(name);
    const others = [...linked].filter((name) => !changed.has(name));
    const known = yield* this.#gistsOf(others);
    yield* this.#rebuild(linked, units);
    const now = yield* this.#gistsOf(others);
    return { linked, altered: others.filter((_, index) => now[index] !== known[index]) };
  }

  /** The units that the unit must be with, in the order of the rules. */
  anchorsOf(name: string): readonly Anchor[] {
    return this.#anchors.get(name) ?? NO_ANCHORS;
  }

  /** The units that must be with the unit; sorted. */
  followersOf(name: string): readonly string[] {
    return this.#followers.get(name) ?? [];
  }

  /** The rule that binds the follower to the anchor. */
  ruleBetween(follower: string, anchor: string): TogetherRule | undefined {
    return this.anchorsOf(follower).find((bound) => bound.anchor === anchor)?.rule;
  }

  replacedBy(name: string): ReadonlySet<string> {
    return this.#replaced.get(name) ?? NONE;
  }

  replacersOf(name: string): ReadonlySet<string> {
    return this.#replacers.get(name) ?? NONE;
  }

  get hasReplacements(): boolean {
    return this.#replaced.size > 0;
  }

  /**
   * The unit's depth: everything that a unit depends on has a lower depth. Infinite on a cycle of declared links, and
   * behind one.
   */
  depth(name: string): number {
    return this.#depths.get(name) ?? 0;
  }

  /** Also undefined if the cycle has more than a thousand links. */
  cycleOf(name: string): readonly string[] | undefined {
    if (Number.isFinite(this.depth(name))) return undefined;
    // Implied links close no cycle.
    const anchors = (unit: string): string[] => this.anchorsOf(unit).map(({ anchor }) => anchor);
    const { path, looked } = findPath(name, name, anchors, MOST_TOLD);
    this.#effort.spend(looked);
    return path;
  }

  /** For each unit, everything that decides where the unit may stay, as text to compare. */
  *#gistsOf(names: readonly string[]): Steps<readonly string[]> {
    const gists: string[] = [];
    for (const name of names) {
      const anchors = this.anchorsOf(name).map(({ anchor }) => anchor);
      const lists = [anchors, [...this.replacedBy(name)], [...this.replacersOf(name)]];
      gists.push(`${this.depth(name)} ${lists.map((list) => list.sort().join()).join(" ")}`);
      this.#effort.spend(lists.reduce((sum, { length }) => sum + 5 * length, 10));
      if (this.#effort.isStepOver()) yield;
    }
    return gists;
  }

  /** Units that are not linked do not influence each other, so the result is the same as if all links were rebuilt. */
  *#rebuild(names: ReadonlySet<string>, units: Units): Steps<void> {
    for (const name of names) this.#forget(name);
    const wanted: Unit[] = [];
    for (const name of names) {
      const unit = this.#wanted.get(name);
      if (unit) wanted.push(unit);
    }
    for (const unit of wanted) {
      this.#addDeclared(unit, units);
      if (this.#effort.isStepOver()) yield;
    }
    for (const unit of wanted) {
      this.#addReplaced(unit);
      if (this.#effort.isStepOver()) yield;
    }
    yield* this.#dropCyclicReplacements(names);
    for (const rule of this.#rules.together) if (rule.implied) yield* this.#addImplied(rule, wanted, units);
    yield* this.#sortFollowers(names);
    yield* this.#measureDepths(names);
  }

  #forget(name: string): void {
    for (const map of [this.#anchors, this.#followers, this.#replaced, this.#replacers, this.#depths]) map.delete(name);
  }

  #addDeclared(unit: Unit, units: Units): void {
    for (const rule of this.#rules.together) {
      if (rule.implied) continue;
      for (const link of rule.links(unit, units, { patterns: this.#patterns })) this.#add(rule, link);
    }
  }

  #add(rule: TogetherRule, { follower, anchor }: Link): void {
    this.#effort.spend(5);
    append(this.#anchors, follower, { rule, anchor });
    if (this.#wanted.has(anchor)) append(this.#followers, anchor, follower);
  }

  /** A link that would close a cycle with the declared links is dropped: the unit files have precedence. */
  *#addImplied(rule: TogetherRule, wanted: readonly Unit[], units: Units): Steps<void> {
    const links: Link[] = [];
    for (const unit of wanted) {
      links.push(...rule.links(unit, units, { patterns: this.#patterns }));
      this.#effort.spend(unit.file.options.length);
      if (this.#effort.isStepOver()) yield;
    }
    for (const link of links.sort(byFollower)) {
      const { path, looked } = findPath(link.follower, link.anchor, (unit) => this.#after(unit));
      this.#effort.spend(looked);
      if (this.#effort.isStepOver()) yield;
      if (!path) this.#add(rule, link);
    }
  }

  /** A global unit is never replaced, because it cannot go elsewhere. */
  #addReplaced(unit: Unit): void {
    const found = new Set<string>();
    for (const rule of this.#rules.replacing) {
      for (const pattern of rule.replaces(unit))
        for (const other of isLiteral(pattern) ? [pattern] : this.#mentions.matchesOf(pattern)) found.add(other);
    }
    this.#effort.spend(found.size);
    for (const other of found) {
      const replaced = this.#wanted.get(other);
      if (replaced && !replaced.requirements.global) include(this.#replaced, unit.name, other);
    }
  }

  /** A replacement that leads back to the unit that asks for it would never end (fleet ignores it, too). */
  *#dropCyclicReplacements(names: ReadonlySet<string>): Steps<void> {
    if (this.#replaced.size === 0) return;
    const cycles = yield* cyclesOf(names, (unit) => this.#after(unit), this.#effort);
    for (const name of names) {
      const known = this.replacedBy(name);
      const left = [...known].filter((other) => cycles.get(other) !== cycles.get(name));
      if (left.length === 0) this.#replaced.delete(name);
      else if (left.length < known.size) this.#replaced.set(name, new Set(left));
      for (const other of left) include(this.#replacers, other, name);
      this.#effort.spend(known.size);
      if (this.#effort.isStepOver()) yield;
    }
  }

  *#sortFollowers(names: ReadonlySet<string>): Steps<void> {
    for (const name of names) {
      const followers = this.#followers.get(name);
      this.#effort.spend(5 * (followers?.length ?? 0));
      followers?.sort();
      if (this.#effort.isStepOver()) yield;
    }
  }

  *#measureDepths(linked: ReadonlySet<string>): Steps<void> {
    const names = [...linked].filter(
      (name) => this.#anchors.has(name) || this.#replacers.has(name) || this.#after(name).length > 0,
    );
    const depths = yield* depthsOf(names, (name) => this.#after(name), this.#effort);
    for (const [name, depth] of depths) this.#depths.set(name, depth);
  }

  /** The units that are placed after the unit. */
  #after(name: string): readonly string[] {
    const [followers, replaced] = [this.followersOf(name), this.replacedBy(name)];
    return replaced.size === 0 ? followers : [...followers, ...replaced];
  }
}

/** A longer cycle would not be read by anyone. */
const MOST_TOLD = 1_000;

const NONE: ReadonlySet<string> = new Set();

const NO_ANCHORS: readonly Anchor[] = [];

/** An order that does not depend on the order of the maps. */
function byFollower(a: Link, b: Link): number {
  return a.follower === b.follower ? compare(a.anchor, b.anchor) : compare(a.follower, b.follower);
}
