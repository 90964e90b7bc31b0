/**
 * True for the characters that systemd takes for blanks: space, tab, LF and CR (WHITESPACE in its string-util.h).
 * JavaScript's `trim` and `\s` also take the no-break space, the form feed and a score of others, which systemd reads
 * as text.
 */
export function isBlank(character: string): boolean {
  return character === " " || character === "\t" || character === "\n" || character === "\r";
}

/** The text without systemd's blanks at both ends, as its `strstrip` leaves it. */
export function trimBlanks(text: string): string {
  const start = endOfBlanks(text);
  let end = text.length;
  while (end > start && isBlank(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** The first character that is no blank, or the empty string. */
export function firstCharacter(text: string): string {
  return text.charAt(endOfBlanks(text));
}

function endOfBlanks(text: string): number {
  let at = 0;
  while (at < text.length && isBlank(text.charAt(at))) at += 1;
  return at;
}
