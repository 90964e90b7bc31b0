import { globMatcher } from "@flotilla/unit";
import type { Effort } from "../effort.ts";

interface Matcher {
  readonly matches: (name: string) => boolean;
  /** Effort of one match. */
  readonly effort: number;
}

/** The patterns of one option of one unit. */
interface PatternList {
  readonly names: ReadonlySet<string>;
  readonly globs: readonly Matcher[];
}

/** A list of at least this length is compiled as a whole. */
const LONG = 5;

/** Names and globs of unit files, each compiled once. */
export class Patterns {
  readonly #effort: Effort;
  readonly #matchers = new Map<string, Matcher>();
  /** Long lists, kept for as long as their unit. */
  readonly #lists = new WeakMap<readonly string[], PatternList>();

  constructor(effort: Effort) {
    this.#effort = effort;
  }

  /** Whether one of the patterns matches. */
  anyMatches(patterns: readonly string[], name: string): boolean {
    if (patterns.length < LONG) return patterns.some((pattern) => this.matches(pattern, name));
    const { names, globs } = this.#list(patterns);
    let effort = 1;
    const found = names.has(name) || globs.some((glob) => ((effort += glob.effort), glob.matches(name)));
    this.#effort.spend(effort);
    return found;
  }

  matches(pattern: string, name: string): boolean {
    const matcher = this.#matcher(pattern);
    this.#effort.spend(matcher.effort);
    return matcher.matches(name);
  }

  #list(patterns: readonly string[]): PatternList {
    const known = this.#lists.get(patterns);
    if (known) return known;
    const globs = patterns.filter((pattern) => !isLiteral(pattern)).map(matcherOf);
    const made = { names: new Set(patterns.filter(isLiteral)), globs };
    this.#lists.set(patterns, made);
    return made;
  }

  #matcher(pattern: string): Matcher {
    const known = this.#matchers.get(pattern);
    if (known) return known;
    const made = matcherOf(pattern);
    this.#matchers.set(pattern, made);
    return made;
  }
}

/** Nearly all globs are a prefix and a star. The star matches any rest, because a unit name holds no slash. */
function matcherOf(pattern: string): Matcher {
  if (isLiteral(pattern)) return { matches: (name) => name === pattern, effort: 1 };
  const beginning = pattern.slice(0, -1);
  if (pattern.endsWith("*") && isLiteral(beginning))
    return { matches: (name) => name.startsWith(beginning), effort: 1 };
  // If stars are the only wildcards, a match searches for each text between them. Otherwise it takes a step for each
  // character of the name and each 32 characters of the pattern.
  const effort = /[?[\\]/.test(pattern) ? 20 + pattern.length : 1 + pattern.split("*").length;
  return { matches: globMatcher(pattern), effort };
}

/** Whether the pattern is a plain name. */
export function isLiteral(pattern: string): boolean {
  return !/[*?[\\]/.test(pattern);
}
