/** Where the daemon reads its configuration. */
export const FLEET_CONF = "/etc/fleet/fleet.conf";

/** Returns the value of an option in fleet.conf, without quotes; undefined if it is not set. */
export function optionIn(text: string, name: string): string | undefined {
  const lines = text.split("\n").filter((line) => nameOf(line) === name);
  return lines
    .at(-1)
    ?.replace(/^[^=]*=/, "")
    .trim()
    .replace(/^(["'])(.*)\1$/, "$2");
}

/**
 * Returns the text of fleet.conf with these options set. Everything else stays; earlier lines of these options, and of
 * the options in `dropped`, become comments.
 */
export function withOptions(text: string, set: Readonly<Record<string, string>>, dropped: readonly string[]): string {
  const replaced = new Set([...Object.keys(set), ...dropped]);
  const kept = text.split("\n").map((line) => (replaced.has(nameOf(line) ?? "") ? `# ${line}` : line));
  while (kept.at(-1) === "") kept.pop();
  const lines = Object.entries(set).map(([name, value]) => `${name}=${value}`);
  return [...kept, ...(kept.length > 0 ? [""] : []), ...lines, ""].join("\n");
}

/** Returns the text of fleet.conf without the lines of these options. */
export function withoutOptions(text: string, names: readonly string[]): string {
  return text
    .split("\n")
    .filter((line) => !names.includes(nameOf(line) ?? ""))
    .join("\n");
}

function nameOf(line: string): string | undefined {
  // As fleetd, which accepts quotes around a name.
  return /^\s*["']?([a-z_]+)["']?\s*=/.exec(line)?.[1];
}
