import { globMatcher } from "@flotilla/unit";

/** Globs of Conflicts= and Replaces=, each read once for all the names it is tried on. */
export class Patterns {
  readonly #matchers = new Map<string, (name: string) => boolean>();

  /** Whether one of the patterns matches. */
  anyMatches(patterns: readonly string[], name: string): boolean {
    for (const pattern of patterns) if (this.matcher(pattern)(name)) return true;
    return false;
  }

  matches(pattern: string, name: string): boolean {
    return this.matcher(pattern)(name);
  }

  matcher(pattern: string): (name: string) => boolean {
    const known = this.#matchers.get(pattern);
    if (known) return known;
    const made = matcherOf(pattern);
    this.#matchers.set(pattern, made);
    return made;
  }
}

/** Nearly all globs are a beginning and a star, and a unit's name holds no slash, which a star would not match. */
function matcherOf(pattern: string): (name: string) => boolean {
  if (isLiteral(pattern)) return (name) => name === pattern;
  const beginning = pattern.slice(0, -1);
  if (pattern.endsWith("*") && isLiteral(beginning)) return (name) => name.startsWith(beginning);
  return globMatcher(pattern);
}

/** Without one of these characters a glob is a plain name. */
export function isLiteral(pattern: string): boolean {
  return !/[*?[\\]/.test(pattern);
}
