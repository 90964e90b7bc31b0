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

/** Reads the pattern once. Matching a name takes at most a step for each of its characters and each 32 of the pattern's. */
export function globMatcher(pattern: string): (name: string) => boolean {
  const tokens = parseGlob(pattern);
  if (tokens === undefined) return () => false;
  const automaton = new Automaton(tokens);
  const matchesTokens = (name: string): boolean => automaton.matches(name);
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

/**
 * The pattern as an automaton whose states are the bits of words (Baeza-Yates and Gonnet, "shift-and"): bit n is set
 * while the first n tokens, stars left out, match what has been read. So a star costs no second try.
 */
class Automaton {
  readonly #tokens: readonly CharacterToken[];
  /** The states that a star keeps, whatever comes. */
  readonly #kept: Uint32Array;
  /** By character, the states that a token which accepts it leads to. */
  readonly #reached = new Map<number, Uint32Array>();

  constructor(tokens: readonly GlobToken[]) {
    this.#tokens = tokens.filter((token) => token.kind !== "any-sequence");
    this.#kept = new Uint32Array((this.#tokens.length >>> 5) + 1);
    let passed = 0;
    for (const { kind } of tokens) {
      if (kind === "any-sequence") setBit(this.#kept, passed);
      else passed += 1;
    }
  }

  matches(name: string): boolean {
    const states = new Uint32Array(this.#kept.length);
    states[0] = 1;
    for (let at = 0; at < name.length; at += 1) {
      const character = name.codePointAt(at) ?? 0;
      if (character > 0xffff) at += 1;
      if (!this.#advance(states, character)) return false;
    }
    const last = this.#tokens.length;
    return (((states[last >>> 5] ?? 0) >>> (last & 31)) & 1) === 1;
  }

  /** @returns false when nothing that may follow can match any more. */
  #advance(states: Uint32Array, character: number): boolean {
    const reached = this.#reached.get(character) ?? this.#reachedBy(character);
    const kept = character === SLASH ? 0 : -1;
    let carry = 0;
    let alive = 0;
    for (let word = 0; word < states.length; word += 1) {
      const before = states[word] ?? 0;
      const after = (((before << 1) | carry) & (reached[word] ?? 0)) | (before & (this.#kept[word] ?? 0) & kept);
      carry = before >>> 31;
      alive |= after;
      states[word] = after;
    }
    return alive !== 0;
  }

  #reachedBy(character: number): Uint32Array {
    const made = new Uint32Array(this.#kept.length);
    for (const [index, token] of this.#tokens.entries()) if (accepts(token, character)) setBit(made, index + 1);
    // A name has few different characters; that one has many must not fill the memory.
    if (this.#reached.size < MOST_CHARACTERS) this.#reached.set(character, made);
    return made;
  }
}

type CharacterToken = Exclude<GlobToken, { kind: "any-sequence" }>;

const MOST_CHARACTERS = 128;

const SLASH = codePointOf("/");

function accepts(token: CharacterToken, character: number): boolean {
  switch (token.kind) {
    case "any-character":
      return character !== SLASH;
    case "literal":
      return codePointOf(token.character) === character;
    case "class":
      return (
        token.negated !==
        token.ranges.some(({ low, high }) => codePointOf(low) <= character && character <= codePointOf(high))
      );
    default:
      return token satisfies never;
  }
}

function setBit(words: Uint32Array, bit: number): void {
  words[bit >>> 5] = (words[bit >>> 5] ?? 0) | (1 << (bit & 31));
}

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
