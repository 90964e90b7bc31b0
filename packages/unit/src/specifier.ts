import { splitUnitName } from "./name.ts";

/**
 * Expands the specifiers of [X-Fleet]. As in fleet, `%n` is the unit's full name, `%N` the name without its suffix, `%p`
 * the prefix and `%i` the instance, which may be empty. As in systemd, `%%` is a percent sign. Any other `%` stays, as in
 * fleet.
 *
 * @param name the unit's name, which is not checked.
 */
export function expandSpecifiers(value: string, name: string): string {
  if (!value.includes("%")) return value;
  const { stem, prefix, instance = "" } = splitUnitName(name);
  const expansions: Readonly<Record<string, string>> = { n: name, N: stem, p: prefix, i: instance, "%": "%" };
  return value.replace(/%([nNpi%])/g, (whole, specifier: string) => expansions[specifier] ?? whole);
}

/**
 * Expands systemd's specifiers of the unit's name (systemd.unit(5)): those of {@link expandSpecifiers}; `%j`, the text
 * after the last dash of the prefix; and `%P`, `%I` and `%J`, which are `%p`, `%i` and `%j` unescaped. Any other `%` stays.
 *
 * @param name the unit's name, which is not checked.
 */
export function expandNameSpecifiers(value: string, name: string): string {
  if (!/%[jJPI]/.test(value)) return expandSpecifiers(value, name);
  const { prefix, instance = "" } = splitUnitName(name);
  const last = prefix.slice(prefix.lastIndexOf("-") + 1);
  const [P, I, J] = [prefix, instance, last].map(unescaped);
  const expansions: Readonly<Record<string, string | undefined>> = { j: last, J, P, I };
  return value.replace(/%(.)/g, (known, specifier: string) => expansions[specifier] ?? expandSpecifiers(known, name));
}

/** Unescapes a part of a name, as `systemd-escape --unescape` does. */
function unescaped(part: string): string {
  return part.replace(/-|\\x([0-9a-f]{2})/g, (_, hex?: string) =>
    hex === undefined ? "/" : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
