/** A whole number, or a number with one of systemd's suffixes for sizes. */
const NUMBER = /^(?:-?\d+|\d+(?:\.\d+)?[KMGTPE])$/;

const SUFFIXES = "KMGTPE";

/** Whether a value can be compared by order: numbers, sizes and versions begin with a digit. */
export function isComparable(value: string): boolean {
  return /^-?\d/.test(value);
}

/**
 * Compares two metadata values by order. Whole numbers, and sizes such as `64G` (base 1024), compare as numbers. Other
 * values compare as versions, so 6.10 is greater than 6.9.
 *
 * @returns a negative number if `one` is the smaller value, 0 for equal values.
 */
export function compareValues(one: string, other: string): number {
  return NUMBER.test(one) && NUMBER.test(other) ? numberOf(one) - numberOf(other) : compareVersions(one, other);
}

function numberOf(text: string): number {
  return Number.parseFloat(text) * 1024 ** (SUFFIXES.indexOf(text.at(-1) ?? "") + 1);
}

/** From the oldest: `~` marks what precedes a release, and a digit is newer than a letter. */
const KINDS = ["~", "end", "-", "^", ".", "letters", "digits"] as const;

/** Compares as `systemd-analyze compare-versions` does (`strverscmp_improved`). Other characters are ignored. */
function compareVersions(one: string, other: string): number {
  const [ofOne, ofOther] = [partsOf(one), partsOf(other)];
  for (let at = 0; at < Math.max(ofOne.length, ofOther.length); at += 1) {
    const [a = "", b = ""] = [ofOne[at], ofOther[at]];
    const kind = kindOf(a);
    const order = kind - kindOf(b) || (KINDS[kind] === "digits" ? compareDigits(a, b) : compareTexts(a, b));
    if (order !== 0) return order;
  }
  return 0;
}

function partsOf(version: string): readonly string[] {
  return version.match(/[~^.-]|\d+|[A-Za-z]+/g) ?? [];
}

function kindOf(part: string): number {
  if (part === "") return KINDS.indexOf("end");
  if (/^\d/.test(part)) return KINDS.indexOf("digits");
  if (/^[A-Za-z]/.test(part)) return KINDS.indexOf("letters");
  return KINDS.findIndex((kind) => kind === part);
}

/** Digits of any length, which a number could not hold. */
function compareDigits(one: string, other: string): number {
  const [a, b] = [one.replace(/^0+/, ""), other.replace(/^0+/, "")];
  return a.length - b.length || compareTexts(a, b);
}

function compareTexts(one: string, other: string): number {
  return Number(one > other) - Number(one < other);
}
