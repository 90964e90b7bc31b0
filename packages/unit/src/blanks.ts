/**
 * Tells whether a character is whitespace for systemd: space, tab, LF or CR (`WHITESPACE` in its string-util.h).
 * JavaScript's `trim` and `\s` also include the no-break space, the form feed and others, which systemd reads as text.
 */
export function isBlank(character: string): boolean {
  return character === " " || character === "\t" || character === "\n" || character === "\r";
}

/** Returns the text without leading and trailing whitespace, as systemd's `strstrip` does. */
export function trimBlanks(text: string): string {
  const start = endOfBlanks(text);
  let end = text.length;
  while (end > start && isBlank(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** Returns the first character that is not whitespace, or the empty string. */
export function firstCharacter(text: string): string {
  return text.charAt(endOfBlanks(text));
}

function endOfBlanks(text: string): number {
  let at = 0;
  while (at < text.length && isBlank(text.charAt(at))) at += 1;
  return at;
}
