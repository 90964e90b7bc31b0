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
  if (tokens === undefined) return () => false;
  const compiled = compile(tokens);
  const matchesTokens = (name: string): boolean => matches(compiled, Array.from(name, codePointOf));
  if (/[?[\\]/.test(pattern)) return matchesTokens;
  const literals = pattern.split("*");
  // A star stops at a slash, which no unit's name has.
  return (name) => (name.includes("/") ? matchesTokens(name) : matchesLiterals(literals, name));
}

/** False for a pattern that `path.Match` calls malformed: an unclosed or empty class, a backslash at the end. */
export function isGlob(pattern: string): boolean {
  return parseGlob(pattern) !== undefined;
}

/** Most globs have stars alone: the engine's own search for the literals between them is many times faster. */
function matchesLiterals(literals: readonly string[], name: string): boolean {
  const [first = "", ...rest] = literals;
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const literal of rest) {
    const found = name.indexOf(literal, at);
    if (found === -1) return false;
    at = found + literal.length;
  }
  return at <= end && name.endsWith(last);
}

/** Tokens as numbers, which compare several times faster: a literal's code point, or one of the three below. */
interface CompiledGlob {
  readonly codes: Int32Array;
  readonly tokens: readonly GlobToken[];
}

const ANY_SEQUENCE = -1;
const ANY_CHARACTER = -2;
const CLASS = -3;

const SLASH = codePointOf("/");

function compile(tokens: readonly GlobToken[]): CompiledGlob {
  return { codes: Int32Array.from(tokens, codeOf), tokens };
}

function codeOf(token: GlobToken): number {
  switch (token.kind) {
    case "any-sequence":
      return ANY_SEQUENCE;
    case "any-character":
      return ANY_CHARACTER;
    case "class":
      return CLASS;
    case "literal":
      return codePointOf(token.character);
    default:
      return token satisfies never;
  }
}

/** After a mismatch only the last `*` need be tried again, one character longer: an earlier one gains nothing. */
function matches({ codes, tokens }: CompiledGlob, name: readonly number[]): boolean {
  let token = 0;
  let at = 0;
  let retryToken = -1;
  let retryAt = -1;
  while (at < name.length || token < codes.length) {
    const code = codes[token];
    const character = name[at];
    if (code === ANY_SEQUENCE) {
      token += 1;
      retryToken = token;
      retryAt = at;
    } else if (code !== undefined && character !== undefined && accepts(code, character, tokens[token])) {
      token += 1;
      at += 1;
    } else if (retryAt >= 0 && retryAt < name.length && name[retryAt] !== SLASH) {
      retryAt += 1;
      token = retryToken;
      at = retryAt;
    } else {
      return false;
    }
  }
  return true;
}

function accepts(code: number, character: number, token: GlobToken | undefined): boolean {
  if (code >= 0) return code === character;
  if (code === ANY_CHARACTER) return character !== SLASH;
  if (token?.kind !== "class") return false;
  const isInside = token.ranges.some(
    ({ low, high }) => codePointOf(low) <= character && character <= codePointOf(high),
  );
  return token.negated !== isInside;
}

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
