import { firstCharacter, trimBlanks } from "./blanks.ts";

/**
 * Tells whether a line continues on the next line: it ends in a backslash that no other backslash escapes
 * (systemd's `config_parse`).
 */
export function continues(line: string): boolean {
  let start = line.length;
  while (start > 0 && line[start - 1] === "\\") start -= 1;
  return (line.length - start) % 2 === 1;
}

export function isComment(line: string): boolean {
  const first = firstCharacter(line);
  return first === "#" || first === ";";
}

/**
 * Returns the value as systemd's `config_parse` reads it. A trailing backslash becomes a space, the next line keeps its
 * leading whitespace, and comment lines in between are dropped.
 */
export function joinContinuations(value: string): string {
  if (!value.includes("\n")) return value;
  const [first = "", ...rest] = value.split("\n");
  const lines = [first, ...rest.filter((line) => !isComment(line))];
  return trimBlanks(lines.map((line) => (continues(line) ? `${line.slice(0, -1)} ` : line)).join(""));
}
