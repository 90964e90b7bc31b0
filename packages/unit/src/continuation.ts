import { firstCharacter, trimBlanks } from "./blanks.ts";

/**
 * True if the line goes on in the next one: it ends in a backslash that is not itself escaped by another one,
 * as systemd's `config_parse` counts them.
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
 * The value as systemd's `config_parse` reads it: a continuation's backslash becomes a space, the next line follows
 * with the blanks that it begins with, and comment lines in between are left out.
 */
export function joinContinuations(value: string): string {
  if (!value.includes("\n")) return value;
  const [first = "", ...rest] = value.split("\n");
  const lines = [first, ...rest.filter((line) => !isComment(line))];
  return trimBlanks(lines.map((line) => (continues(line) ? `${line.slice(0, -1)} ` : line)).join(""));
}
