const TRUE = ["1", "yes", "y", "true", "t", "on"];
const FALSE = ["0", "no", "n", "false", "f", "off"];

/** Reads a boolean as systemd's `parse_boolean` does, in either case. Returns undefined for any other value. */
export function parseBoolean(value: string): boolean | undefined {
  const word = value.toLowerCase();
  if (TRUE.includes(word)) return true;
  return FALSE.includes(word) ? false : undefined;
}
