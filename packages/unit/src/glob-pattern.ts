export type GlobToken =
  | { readonly kind: "any-sequence" }
  | { readonly kind: "any-character" }
  | { readonly kind: "literal"; readonly character: string }
  | { readonly kind: "class"; readonly negated: boolean; readonly ranges: readonly Range[] };

interface Range {
  readonly low: string;
  readonly high: string;
}

/**
 * Reads a pattern of Go's `path.Match`.
 *
 * @returns undefined for a malformed pattern: an unclosed or empty class, a range whose start or end is an
 * unescaped `-` or `]`, or a trailing backslash.
 */
export function parseGlob(pattern: string): readonly GlobToken[] | undefined {
  const characters = Array.from(pattern);
  const tokens: GlobToken[] = [];
  let at = 0;
  while (at < characters.length) {
    const character = characters[at] ?? "";
    at += 1;
    if (character === "*") {
      tokens.push({ kind: "any-sequence" });
    } else if (character === "?") {
      tokens.push({ kind: "any-character" });
    } else if (character === "[") {
      const found = parseClass(characters, at);
      if (found === undefined) return undefined;
      tokens.push(found.token);
      at = found.next;
    } else if (character === "\\") {
      const escaped = characters[at];
      if (escaped === undefined) return undefined;
      tokens.push({ kind: "literal", character: escaped });
      at += 1;
    } else {
      tokens.push({ kind: "literal", character });
    }
  }
  return tokens;
}

function parseClass(characters: readonly string[], start: number): { token: GlobToken; next: number } | undefined {
  const negated = characters[start] === "^";
  const ranges: Range[] = [];
  let at = negated ? start + 1 : start;
  while (characters[at] !== "]" || ranges.length === 0) {
    const low = parseBound(characters, at);
    if (low === undefined) return undefined;
    at = low.next;
    const high = characters[at] === "-" ? parseBound(characters, at + 1) : low;
    if (high === undefined) return undefined;
    at = high.next;
    ranges.push({ low: low.character, high: high.character });
  }
  return { token: { kind: "class", negated, ranges }, next: at + 1 };
}

/** Returns undefined at the end of the pattern too, which makes an unclosed class malformed. */
function parseBound(characters: readonly string[], at: number): { character: string; next: number } | undefined {
  const first = characters[at];
  if (first === undefined || first === "-" || first === "]") return undefined;
  if (first !== "\\") return { character: first, next: at + 1 };
  const escaped = characters[at + 1];
  return escaped === undefined ? undefined : { character: escaped, next: at + 2 };
}
