import { type GlobToken, parseGlob } from "./glob-pattern.ts";

/**
 * Tells whether the whole name matches the pattern by the rules of Go's `path.Match`, which fleet used for Conflicts=,
 * Replaces= and fleetctl's arguments. `*` and `?` do not match `/`, `[a-z]` and `[^a-z]` are classes, and a backslash
 * escapes the next character. A malformed pattern matches nothing.
 *
 * To match one pattern against many names, use {@link globMatcher}.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  return globMatcher(pattern)(name);
}

/** Compiles a pattern. A match takes at most one step for each character of the name and each 32 tokens of the pattern. */
export function globMatcher(pattern: string): (name: string) => boolean {
  const tokens = parseGlob(pattern);
  if (tokens === undefined) return () => false;
  const automaton = new Automaton(tokens);
  const matchesTokens = (name: string): boolean => automaton.matches(name);
  if (/[?[\\]/.test(pattern)) return matchesTokens;
  const literals = pattern.split("*");
  // A star does not match a slash. No unit name contains a slash, so the slow path is rare.
  return (name) => (name.includes("/") ? matchesTokens(name) : matchesLiterals(literals, name));
}

/** Tells whether `path.Match` accepts the pattern: every class is closed and not empty, and no backslash is trailing. */
export function isGlob(pattern: string): boolean {
  return parseGlob(pattern) !== undefined;
}

/** A fast path for globs whose only wildcard is `*`: the JavaScript engine searches for the literals between the stars. */
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
 * A shift-and automaton (Baeza-Yates and Gonnet) whose states are bits. Bit n is set while the first n tokens, without
 * stars, match the characters read so far. Therefore a star needs no backtracking.
 */
class Automaton {
  readonly #tokens: readonly CharacterToken[];
  /** The states that a star keeps set for any next character. */
  readonly #kept: Uint32Array;
  /** The states that each character may set, by character. */
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

  /** @returns false when no continuation of the name can match. */
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
    // Names use few distinct characters. The limit keeps hostile names from filling the memory.
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
