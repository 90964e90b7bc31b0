import type { Unit } from "@flotilla/model";
import { isLiteral, type Patterns } from "./patterns.ts";
import { triggerLinks } from "./trigger-links.ts";

/** Which units have to be placed before which others: leaders before those that follow them, a unit before those that it replaces. */
export class Relations {
  readonly #targets = new Map<string, readonly string[]>();
  readonly #followers = new Map<string, string[]>();
  readonly #leaders = new Map<string, string[]>();
  readonly #replaced = new Map<string, string[]>();
  readonly #replacers = new Map<string, string[]>();
  readonly #depths: ReadonlyMap<string, number>;

  /**
   * @param wanted the units that are to have a place.
   * @param units all units that the cluster knows.
   */
  constructor(wanted: ReadonlyMap<string, Unit>, units: ReadonlyMap<string, Unit>, patterns: Patterns) {
    for (const unit of wanted.values()) this.#readMachineOf(unit, wanted);
    for (const unit of wanted.values()) this.#readReplaces(unit, wanted, patterns);
    this.#dropCircular();
    this.#readTriggers(wanted, units, patterns);
    this.#depths = this.#measureDepths();
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

  get replacers(): Iterable<string> {
    return this.#replaced.keys();
  }

  /** Everything that a unit depends on has a lower depth; infinite behind a circle of MachineOf. */
  depth(name: string): number {
    return this.#depths.get(name) ?? 0;
  }

  /** The way from `name` over MachineOf back to `name`, or undefined when there is none. */
  circleOf(name: string): readonly string[] | undefined {
    return path(name, name, (unit) => this.#targets.get(unit) ?? []);
  }

  #readMachineOf({ name, requirements }: Unit, wanted: ReadonlyMap<string, Unit>): void {
    if (requirements.machineOf.length === 0) return;
    const targets = requirements.machineOf.filter((target) => wanted.has(target));
    this.#targets.set(name, targets);
    for (const target of targets) append(this.#followers, target, name);
  }

  /** What would lead in a circle with what the unit files say is left out: those come first. */
  #readTriggers(wanted: ReadonlyMap<string, Unit>, units: ReadonlyMap<string, Unit>, patterns: Patterns): void {
    for (const { leader, follower } of triggerLinks(wanted, units, patterns)) {
      if (path(follower, leader, (unit) => this.#after(unit))) continue;
      append(this.#leaders, follower, leader);
      if (wanted.has(leader)) append(this.#followers, leader, follower);
    }
  }

  /** A global unit cannot move elsewhere: it is never replaced. */
  #readReplaces({ name, requirements }: Unit, wanted: ReadonlyMap<string, Unit>, patterns: Patterns): void {
    if (requirements.global) return;
    const found = new Set<string>();
    for (const pattern of requirements.replaces) {
      const candidates = isLiteral(pattern) ? [pattern] : wanted.keys();
      for (const other of candidates) if (patterns.matches(pattern, other)) found.add(other);
    }
    for (const other of found) {
      const unit = wanted.get(other);
      if (unit && other !== name && !unit.requirements.global) append(this.#replaced, name, other);
    }
  }

  /** A replacement that leads back to the one who asks for it could never come to rest (fleet ignores such, too). */
  #dropCircular(): void {
    const circular: [string, string][] = [];
    for (const [name, others] of this.#replaced) {
      for (const other of others) if (path(other, name, (unit) => this.#after(unit))) circular.push([name, other]);
    }
    for (const [name, other] of circular) remove(this.#replaced, name, other);
    for (const [name, others] of this.#replaced) for (const other of others) append(this.#replacers, other, name);
  }

  #after(name: string): readonly string[] {
    return [...this.followersOf(name), ...this.replacedBy(name)];
  }

  /** Kahn's algorithm: what it never reaches stands on a circle of MachineOf, or behind one. */
  #measureDepths(): Map<string, number> {
    const names = new Set([
      ...this.#targets.keys(),
      ...this.#followers.keys(),
      ...this.#replaced.keys(),
      ...this.#replacers.keys(),
    ]);
    const waiting = new Map<string, number>();
    for (const name of names) for (const next of this.#after(name)) waiting.set(next, (waiting.get(next) ?? 0) + 1);
    const depths = new Map<string, number>();
    let level = [...names].filter((name) => !waiting.has(name));
    for (let depth = 0; level.length > 0; depth++) {
      const next: string[] = [];
      for (const name of level) {
        depths.set(name, depth);
        for (const after of this.#after(name)) {
          const left = (waiting.get(after) ?? 0) - 1;
          waiting.set(after, left);
          if (left === 0) next.push(after);
        }
      }
      level = next;
    }
    for (const name of names) if (!depths.has(name)) depths.set(name, Number.POSITIVE_INFINITY);
    return depths;
  }
}

/** The shortest way along `next`, at least one step long; both ends included. */
function path(from: string, to: string, next: (name: string) => readonly string[]): readonly string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [from];
  for (let at = 0; at < queue.length; at++) {
    const name = queue[at] ?? "";
    for (const after of next(name)) {
      if (cameFrom.has(after)) continue;
      cameFrom.set(after, name);
      if (after === to) return walkBack(cameFrom, from, to);
      queue.push(after);
    }
  }
  return undefined;
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

function remove(lists: Map<string, string[]>, key: string, value: string): void {
  const left = (lists.get(key) ?? []).filter((other) => other !== value);
  if (left.length > 0) lists.set(key, left);
  else lists.delete(key);
}
