import type { Unit } from "@flotilla/model";
import type { Effort, Steps } from "../effort.ts";
import { circlesOf } from "./circles.ts";
import { Mentions } from "./mentions.ts";
import { isLiteral, type Patterns } from "./patterns.ts";
import { triggerLinks } from "./trigger-links.ts";

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
  readonly #replaced = new Map<string, string[]>();
  readonly #replacers = new Map<string, string[]>();
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
    const known = others.map((name) => this.#gist(name));
    yield* this.#rebuild(linked, units);
    return { linked, altered: others.filter((name, index) => this.#gist(name) !== known[index]) };
  }

  /** All that decides where a unit may stay. */
  #gist(name: string): string {
    const lists = [this.leadersOf(name), this.replacedBy(name), this.replacersOf(name)];
    return `${this.depth(name)} ${lists.map((list) => list.toSorted().join()).join(" ")}`;
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
  replacedBy(name: string): readonly string[] {
    return this.#replaced.get(name) ?? [];
  }

  /** The units that take this one's place. */
  replacersOf(name: string): readonly string[] {
    return this.#replacers.get(name) ?? [];
  }

  get hasReplacements(): boolean {
    return this.#replaced.size > 0;
  }

  /** Everything that a unit depends on has a lower depth; infinite behind a circle of MachineOf. */
  depth(name: string): number {
    return this.#depths.get(name) ?? 0;
  }

  /** The way from `name` over MachineOf back to `name`, or undefined when there is none. */
  circleOf(name: string): readonly string[] | undefined {
    return pathOf(name, name, (unit) => this.#targets.get(unit) ?? []).found;
  }

  /** Units that are not linked have nothing to do with each other: it is the same as if all were read anew. */
  *#rebuild(names: ReadonlySet<string>, units: Units): Steps<void> {
    for (const name of names) this.#forget(name);
    const wanted: Unit[] = [];
    for (const name of names) {
      const unit = this.#wanted.get(name);
      if (unit) wanted.push(unit);
    }
    for (const unit of wanted) this.#readMachineOf(unit);
    for (const unit of wanted) {
      this.#readReplaces(unit);
      if (this.#effort.isStepOver()) yield;
    }
    yield* this.#dropCircular(names);
    yield* this.#readTriggers(wanted, units);
    for (const name of names) this.#followers.get(name)?.sort();
    this.#measureDepths(names);
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
    const targets = requirements.machineOf.filter((target) => this.#wanted.has(target));
    this.#targets.set(name, targets);
    for (const target of targets) append(this.#followers, target, name);
  }

  /** What would lead in a circle with what the unit files say is left out: those come first. */
  *#readTriggers(wanted: readonly Unit[], units: Units): Steps<void> {
    for (const { leader, follower } of triggerLinks(wanted, units, this.#patterns)) {
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
      if (unit && other !== name && !unit.requirements.global) append(this.#replaced, name, other);
    }
  }

  /** A replacement that leads back to the one who asks for it could never come to rest (fleet ignores such, too). */
  *#dropCircular(names: ReadonlySet<string>): Steps<void> {
    if (this.#replaced.size === 0) return;
    const circles = yield* circlesOf(names, (unit) => this.#after(unit), this.#effort);
    for (const name of names) {
      const known = this.replacedBy(name);
      const left = known.filter((other) => circles.get(other) !== circles.get(name));
      if (left.length === 0) this.#replaced.delete(name);
      else if (left.length < known.length) this.#replaced.set(name, left);
      for (const other of left) append(this.#replacers, other, name);
    }
  }

  #after(name: string): readonly string[] {
    const [followers, replaced] = [this.followersOf(name), this.replacedBy(name)];
    return replaced.length === 0 ? followers : [...followers, ...replaced];
  }

  /** Kahn's algorithm: what it never reaches stands on a circle of MachineOf, or behind one. */
  #measureDepths(linked: ReadonlySet<string>): void {
    const names = [...linked].filter(
      (name) => this.#targets.has(name) || this.#after(name).length > 0 || this.#isBehind(name),
    );
    const waiting = new Map<string, number>();
    for (const name of names) for (const next of this.#after(name)) waiting.set(next, (waiting.get(next) ?? 0) + 1);
    let level = names.filter((name) => !waiting.has(name));
    for (let depth = 0; level.length > 0; depth++) {
      const next: string[] = [];
      for (const name of level) {
        this.#depths.set(name, depth);
        for (const after of this.#after(name)) {
          const left = (waiting.get(after) ?? 0) - 1;
          waiting.set(after, left);
          if (left === 0) next.push(after);
        }
      }
      level = next;
    }
    for (const name of names) if (!this.#depths.has(name)) this.#depths.set(name, Number.POSITIVE_INFINITY);
  }

  #isBehind(name: string): boolean {
    return this.#leaders.has(name) || this.#replacers.has(name);
  }
}

/** The shortest way along `next`, at least one step long, both ends included; and how many names were looked at. */
function pathOf(from: string, to: string, next: (name: string) => readonly string[]): Way {
  const cameFrom = new Map<string, string>();
  const queue = [from];
  for (let at = 0; at < queue.length; at++) {
    const name = queue[at] ?? "";
    for (const after of next(name)) {
      if (cameFrom.has(after)) continue;
      cameFrom.set(after, name);
      if (after === to) return { found: walkBack(cameFrom, from, to), looked: queue.length };
      queue.push(after);
    }
  }
  return { found: undefined, looked: queue.length };
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
    names.unshift(name);
  } while (name !== from);
  return names;
}

function append(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
