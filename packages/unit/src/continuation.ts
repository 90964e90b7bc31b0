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
  const first = line.trimStart()[0];
  return first === "#" || first === ";";
}

/**
 * The value as systemd reads it: continuation lines joined by a space, comment lines between them left out
 * (systemd.syntax(7)).
 */
export function joinContinuations(value: string): string {
  if (!value.includes("\n")) return value;
  const [first = "", ...rest] = value.split("\n");
  const lines = [first, ...rest.filter((line) => !isComment(line)).map((line) => line.trimStart())];
  return lines
    .map((line) => (continues(line) ? `${line.slice(0, -1)} ` : line))
    .join("")
    .trim();
}
