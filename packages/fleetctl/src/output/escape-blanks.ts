/**
 * Escapes each byte of a blank, a control character or a backslash like systemd-escape(1), as `\\x20`, because a column
 * must be one word.
 */
export function escapeBlanks(text: string): string {
  return text.replace(/[\s\p{Cc}\\]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}
