import type { Unit } from "@flotilla/model";
import type { Effort, Steps } from "../effort.ts";
import { circlesOf } from "./circles.ts";
import { Mentions } from "./mentions.ts";
import { isLiteral, type Patterns } from "./patterns.ts";
import { compareLinks, triggerLinkOf, type TriggerLink } from "./trigger-links.ts";

type Units = ReadonlyMap<string, Unit>;

export interface RelationChanges {
  /** Names that are, or were, linked with one that changed; and that one, if it is, or was, linked with any. */
  readonly linked: ReadonlySet<string>;
  /** Of the linked ones that have not changed themselves, those whose relations are others now. */
  readonly altered: readonly string[];
}

/** Which units have to be placed before which others: leaders before those that follow them, a unit before those that it replaces. */
export class Relations {
  readonly #patterns: Patterns;
  readonly #wanted: Units;
  readonly #mentions: Mentions;
  readonly #effort: Effort;
  readonly #targets = new Map<string, readonly string[]>();
  readonly #followers = new Map<string, string[]>();
  readonly #leaders = new Map<string, string[]>();
  readonly #replaced = new Map<string, Set<string>>();
  readonly #replacers = new Map<string, Set<string>>();
  readonly #depths = new Map<string, number>();

  /** @param wanted the units that are to have a place; whoever changes it says so by `update`. */
  constructor(patterns: Patterns, wanted: Units, effort: Effort) {
    this.#patterns = patterns;
    this.#wanted = wanted;
    this.#effort = effort;
    this.#mentions = new Mentions(patterns, wanted, effort);
  }

  /**
   * Takes in units that have come, gone or changed.
   * @param units all units that the cluster knows.
   */
  *update(changed: ReadonlySet<string>, units: Units): Steps<RelationChanges> {
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

  /** Of each unit all that decides where it may stay. */
  *#gistsOf(names: readonly string[]): Steps<readonly string[]> {
    const gists: string[] = [];
    for (const name of names) {
      const lists = [this.leadersOf(name), this.replacedBy(name), this.replacersOf(name)].map((list) => [...list]);
      gists.push(`${this.depth(name)} ${lists.map((list) => list.sort().join()).join(" ")}`);
      this.#effort.spend(lists.reduce((sum, { length }) => sum + 5 * length, 10));
      if (this.#effort.isStepOver()) yield;
    }
    return gists;
  }

  /** The units that have to be with this one: those whose MachineOf names it, and those linked to it by a trigger. */
  followersOf(name: string): readonly string[] {
    return this.#followers.get(name) ?? [];
  }

  /** The units that this one goes with because one of the two triggers the other. */
  leadersOf(name: string): readonly string[] {
    return this.#leaders.get(name) ?? [];
  }

  /** The units whose place this one takes. */
  replacedBy(name: string): ReadonlySet<string> {
    return this.#replaced.get(name) ?? NOBODY;
  }

  /** The units that take this one's place. */
  replacersOf(name: string): ReadonlySet<string> {
    return this.#replacers.get(name) ?? NOBODY;
  }

  get hasReplacements(): boolean {
    return this.#replaced.size > 0;
  }

  /** Everything that a unit depends on has a lower depth; infinite behind a circle of MachineOf. */
  depth(name: string): number {
    return this.#depths.get(name) ?? 0;
  }

  /** The way from `name` over MachineOf back to `name`, or undefined when there is none, or none among a thousand links. */
  circleOf(name: string): readonly string[] | undefined {
    if (Number.isFinite(this.depth(name))) return undefined;
    const way = pathOf(name, name, (unit) => this.#targets.get(unit) ?? [], MOST_TOLD);
    this.#effort.spend(way.looked);
    return way.found;
  }

  /** Units that are not linked have nothing to do with each other: it is the same as if all were read anew. */
  *#rebuild(names: ReadonlySet<string>, units: Units): Steps<void> {
    for (const name of names) this.#forget(name);
    const wanted: Unit[] = [];
    for (const name of names) {
      const unit = this.#wanted.get(name);
      if (unit) wanted.push(unit);
    }
    for (const unit of wanted) {
      this.#readMachineOf(unit);
      if (this.#effort.isStepOver()) yield;
    }
    for (const unit of wanted) {
      this.#readReplaces(unit);
      if (this.#effort.isStepOver()) yield;
    }
    yield* this.#dropCircular(names);
    yield* this.#readTriggers(wanted, units);
    for (const name of names) {
      const followers = this.#followers.get(name);
      this.#effort.spend(5 * (followers?.length ?? 0));
      followers?.sort();
      if (this.#effort.isStepOver()) yield;
    }
    yield* this.#measureDepths(names);
  }

  #forget(name: string): void {
    this.#targets.delete(name);
    this.#followers.delete(name);
    this.#leaders.delete(name);
    this.#replaced.delete(name);
    this.#replacers.delete(name);
    this.#depths.delete(name);
  }

  #readMachineOf({ name, requirements }: Unit): void {
    if (requirements.machineOf.length === 0) return;
    this.#effort.spend(5 * requirements.machineOf.length);
    const targets = requirements.machineOf.filter((target) => this.#wanted.has(target));
    this.#targets.set(name, targets);
    for (const target of targets) append(this.#followers, target, name);
  }

  /** What would lead in a circle with what the unit files say is left out: those come first. */
  *#readTriggers(wanted: readonly Unit[], units: Units): Steps<void> {
    const links: TriggerLink[] = [];
    for (const trigger of wanted) {
      const link = triggerLinkOf(trigger, units, this.#patterns);
      if (link) links.push(link);
      this.#effort.spend(trigger.file.options.length);
      if (this.#effort.isStepOver()) yield;
    }
    for (const { leader, follower } of links.sort(compareLinks)) {
      const way = pathOf(follower, leader, (unit) => this.#after(unit));
      this.#effort.spend(way.looked);
      if (this.#effort.isStepOver()) yield;
      if (way.found) continue;
      append(this.#leaders, follower, leader);
      if (this.#wanted.has(leader)) append(this.#followers, leader, follower);
    }
  }

  /** A global unit cannot move elsewhere: it is never replaced. */
  #readReplaces({ name, requirements }: Unit): void {
    if (requirements.global || requirements.replaces.length === 0) return;
    const found = new Set<string>();
    for (const pattern of requirements.replaces) {
      for (const other of isLiteral(pattern) ? [pattern] : this.#mentions.matchesOf(pattern)) found.add(other);
    }
    this.#effort.spend(found.size);
    for (const other of found) {
      const unit = this.#wanted.get(other);
      if (unit && other !== name && !unit.requirements.global) include(this.#replaced, name, other);
    }
  }

  /** A replacement that leads back to the one who asks for it could never come to rest (fleet ignores such, too). */
  *#dropCircular(names: ReadonlySet<string>): Steps<void> {
    if (this.#replaced.size === 0) return;
    const circles = yield* circlesOf(names, (unit) => this.#after(unit), this.#effort);
    for (const name of names) {
      const known = this.replacedBy(name);
      const left = [...known].filter((other) => circles.get(other) !== circles.get(name));
      if (left.length === 0) this.#replaced.delete(name);
      else if (left.length < known.size) this.#replaced.set(name, new Set(left));
      for (const other of left) include(this.#replacers, other, name);
      this.#effort.spend(known.size);
      if (this.#effort.isStepOver()) yield;
    }
  }

  #after(name: string): readonly string[] {
    const [followers, replaced] = [this.followersOf(name), this.replacedBy(name)];
    return replaced.size === 0 ? followers : [...followers, ...replaced];
  }

  /** Kahn's algorithm: what it never reaches stands on a circle of MachineOf, or behind one. */
  *#measureDepths(linked: ReadonlySet<string>): Steps<void> {
    const names = [...linked].filter(
      (name) => this.#targets.has(name) || this.#after(name).length > 0 || this.#isBehind(name),
    );
    const waiting = new Map<string, number>();
    for (const name of names) {
      const after = this.#after(name);
      for (const next of after) waiting.set(next, (waiting.get(next) ?? 0) + 1);
      this.#effort.spend(after.length);
      if (this.#effort.isStepOver()) yield;
    }
    let level = names.filter((name) => !waiting.has(name));
    for (let depth = 0; level.length > 0; depth++) {
      const next: string[] = [];
      for (const name of level) {
        this.#depths.set(name, depth);
        const after = this.#after(name);
        for (const other of after) {
          const left = (waiting.get(other) ?? 0) - 1;
          waiting.set(other, left);
          if (left === 0) next.push(other);
        }
        this.#effort.spend(after.length);
        if (this.#effort.isStepOver()) yield;
      }
      level = next;
    }
    for (const name of names) if (!this.#depths.has(name)) this.#depths.set(name, Number.POSITIVE_INFINITY);
  }

  #isBehind(name: string): boolean {
    return this.#leaders.has(name) || this.#replacers.has(name);
  }
}

/** A person who is told of a circle gets no use from a longer one. */
const MOST_TOLD = 1_000;

const NOBODY: ReadonlySet<string> = new Set();

/**
 * The shortest way along `next`, at least one step long, both ends included; and how many links were looked at.
 * @param most links to look at.
 */
function pathOf(
  from: string,
  to: string,
  next: (name: string) => readonly string[],
  most = Number.POSITIVE_INFINITY,
): Way {
  const cameFrom = new Map<string, string>();
  const queue = [from];
  let looked = 0;
  for (let at = 0; at < queue.length && looked < most; at++) {
    const name = queue[at] ?? "";
    for (const after of next(name)) {
      looked += 1;
      if (cameFrom.has(after)) continue;
      cameFrom.set(after, name);
      if (after === to) return { found: walkBack(cameFrom, from, to), looked };
      queue.push(after);
    }
  }
  return { found: undefined, looked };
}

interface Way {
  readonly found: readonly string[] | undefined;
  readonly looked: number;
}

function walkBack(cameFrom: ReadonlyMap<string, string>, from: string, to: string): readonly string[] {
  const names = [to];
  let name = to;
  do {
    name = cameFrom.get(name) ?? from;
    names.push(name);
  } while (name !== from);
  return names.toReversed();
}

function include(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key);
  if (set) set.add(value);
  else sets.set(key, new Set([value]));
}

function append(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
