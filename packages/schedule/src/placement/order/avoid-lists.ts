import type { Unit } from "@flotilla/model";
import { isLiteral, type Patterns } from "../patterns.ts";
import type { Scores } from "./scores.ts";

/** The patterns of one or more units. */
export interface AvoidList {
  readonly id: number;
  readonly patterns: readonly string[];
  /** Whether all patterns are plain names. */
  readonly isLiteral: boolean;
  /** The placed units whose file has the list, with the number of their places. */
  readonly askers: Map<Unit, number>;
  /** Where to count units that match the list. */
  readonly matching: Set<Scores>;
  /** Where to count units whose file has the list. */
  readonly asking: Set<Scores>;
}

/** All lists of names and globs, and which of them match a unit's name. */
export class AvoidLists {
  readonly #patterns: Patterns;
  readonly #byText = new Map<string, AvoidList>();
  readonly #byPatterns = new WeakMap<readonly string[], AvoidList>();
  /** Lists of plain names, by each name. */
  readonly #byName = new Map<string, AvoidList[]>();
  readonly #globs: AvoidList[] = [];
  /** The lists among the first `of` of `#globs` that match a unit's name. */
  readonly #naming = new WeakMap<Unit, { readonly of: number; readonly lists: readonly AvoidList[] }>();

  constructor(patterns: Patterns) {
    this.#patterns = patterns;
  }

  get isEmpty(): boolean {
    return this.#byText.size === 0;
  }

  all(): Iterable<AvoidList> {
    return this.#byText.values();
  }

  /** Undefined for an empty list. */
  of(patterns: readonly string[]): AvoidList | undefined {
    if (patterns.length === 0) return undefined;
    const known = this.#byPatterns.get(patterns) ?? this.#byText.get(patterns.join(" ")) ?? this.#add(patterns);
    this.#byPatterns.set(patterns, known);
    return known;
  }

  /** The lists that match the unit's name, in the order in which they were first used. */
  naming(unit: Unit): readonly AvoidList[] {
    const named = this.#byName.get(unit.name) ?? NONE;
    const globs = this.#globsNaming(unit);
    if (globs.length === 0) return named;
    return named.length === 0 ? globs : [...named, ...globs];
  }

  #add(patterns: readonly string[]): AvoidList {
    const made: AvoidList = {
      id: this.#byText.size,
      patterns,
      isLiteral: patterns.every(isLiteral),
      askers: new Map(),
      matching: new Set(),
      asking: new Set(),
    };
    this.#byText.set(patterns.join(" "), made);
    if (!made.isLiteral) this.#globs.push(made);
    else for (const name of new Set(patterns)) this.#byName.set(name, [...(this.#byName.get(name) ?? NONE), made]);
    return made;
  }

  #globsNaming(unit: Unit): readonly AvoidList[] {
    if (this.#globs.length === 0) return NONE;
    const known = this.#naming.get(unit);
    if (known?.of === this.#globs.length) return known.lists;
    const more = this.#globs.slice(known?.of ?? 0);
    const found = more.filter(({ patterns }) => this.#patterns.anyMatches(patterns, unit.name));
    const lists = [...(known?.lists ?? NONE), ...found];
    this.#naming.set(unit, { of: this.#globs.length, lists });
    return lists;
  }
}

const NONE: readonly AvoidList[] = [];
