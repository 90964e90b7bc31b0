import { globMatcher } from "@flotilla/unit";

/** Globs of Conflicts= and Replaces=, each read once for all the names it is tried on. */
export class Patterns {
  readonly #matchers = new Map<string, (name: string) => boolean>();

  matches(pattern: string, name: string): boolean {
    return this.matcher(pattern)(name);
  }

  matcher(pattern: string): (name: string) => boolean {
    const known = this.#matchers.get(pattern);
    if (known) return known;
    const made = isLiteral(pattern) ? (name: string) => name === pattern : globMatcher(pattern);
    this.#matchers.set(pattern, made);
    return made;
  }
}

/** Without one of these characters a glob is a plain name. */
export function isLiteral(pattern: string): boolean {
  return !/[*?[\\]/.test(pattern);
}
