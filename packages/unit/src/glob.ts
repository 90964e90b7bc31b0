import { type GlobToken, parseGlob } from "./glob-pattern.ts";

/**
 * True if the whole name matches the shell-style pattern. The rules are those of Go's `path.Match`, which fleet
 * used for Conflicts=, Replaces= and fleetctl's arguments: `*` and `?` do not match `/`, `[a-z]` and `[^a-z]` are
 * classes, a backslash takes the next character literally. A malformed pattern matches nothing.
 *
 * To try one pattern on many names, make a {@link globMatcher}.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  return globMatcher(pattern)(name);
}

/** Reads the pattern once. Matching a name takes at most pattern length times name length steps. */
export function globMatcher(pattern: string): (name: string) => boolean {
  const tokens = parseGlob(pattern);
  return tokens === undefined ? () => false : (name) => matches(tokens, Array.from(name));
}

/** False for a pattern that `path.Match` calls malformed: an unclosed or empty class, a backslash at the end. */
export function isGlob(pattern: string): boolean {
  return parseGlob(pattern) !== undefined;
}

/** After a mismatch only the last `*` need be tried again, one character longer: an earlier one gains nothing. */
function matches(tokens: readonly GlobToken[], name: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let retry: { token: number; at: number } | undefined;
  while (at < name.length || token < tokens.length) {
    const expected = tokens[token];
    const character = name[at];
    if (expected?.kind === "any-sequence") {
      token += 1;
      retry = { token, at };
    } else if (expected !== undefined && character !== undefined && accepts(expected, character)) {
      token += 1;
      at += 1;
    } else if (retry !== undefined && retry.at < name.length && name[retry.at] !== "/") {
      retry.at += 1;
      ({ token, at } = retry);
    } else {
      return false;
    }
  }
  return true;
}

function accepts(token: Exclude<GlobToken, { kind: "any-sequence" }>, character: string): boolean {
  switch (token.kind) {
    case "any-character":
      return character !== "/";
    case "literal":
      return character === token.character;
    case "class":
      return token.negated !== token.ranges.some(({ low, high }) => isBetween(low, character, high));
    default:
      return token satisfies never;
  }
}

function isBetween(low: string, character: string, high: string): boolean {
  const code = codePointOf(character);
  return codePointOf(low) <= code && code <= codePointOf(high);
}

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
