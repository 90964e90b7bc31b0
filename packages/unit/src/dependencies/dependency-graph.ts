import { relationsOf, type Relation } from "./relations.ts";
import type { UnitOption } from "../unit-file.ts";

/** The dependencies between units, for reading. */
export interface Dependencies {
  /** The dependencies of a unit on others, declared in any file. */
  of(unit: string): readonly Relation[];
  /** The dependencies of others on a unit, declared in any file. */
  on(unit: string): readonly Relation[];
}

const NONE: readonly Relation[] = [];

/**
 * The dependencies that a changing set of unit files declares. A unit that declares none and is not named costs nothing.
 */
export class DependencyGraph implements Dependencies {
  readonly #declared = new Map<string, readonly Relation[]>();
  readonly #of = new Map<string, Relation[]>();
  readonly #on = new Map<string, Relation[]>();

  of(unit: string): readonly Relation[] {
    return this.#of.get(unit) ?? NONE;
  }

  on(unit: string): readonly Relation[] {
    return this.#on.get(unit) ?? NONE;
  }

  /**
   * Takes in a unit's file; undefined if the unit is gone.
   * @returns the other units whose dependencies may have changed: those that the file names, before or now.
   */
  set(name: string, options: readonly UnitOption[] | undefined): ReadonlySet<string> {
    const before = this.#declared.get(name) ?? NONE;
    const now = options === undefined ? NONE : relationsOf(name, options);
    if (before.length === 0 && now.length === 0) return new Set();
    for (const relation of before) {
      remove(this.#of, relation.unit, relation);
      remove(this.#on, relation.on, relation);
    }
    for (const relation of now) {
      add(this.#of, relation.unit, relation);
      add(this.#on, relation.on, relation);
    }
    if (now.length === 0) this.#declared.delete(name);
    else this.#declared.set(name, now);
    const others = new Set([...before, ...now].flatMap(({ unit, on }) => [unit, on]));
    others.delete(name);
    return others;
  }
}

function add(map: Map<string, Relation[]>, key: string, relation: Relation): void {
  const known = map.get(key);
  if (known) known.push(relation);
  else map.set(key, [relation]);
}

function remove(map: Map<string, Relation[]>, key: string, relation: Relation): void {
  const left = map.get(key)?.filter((known) => known !== relation) ?? [];
  if (left.length === 0) map.delete(key);
  else map.set(key, left);
}
