import { splitUnitName } from "./name.ts";

/**
 * Expands the specifiers that fleet knows in [X-Fleet]: `%n` the unit's full name, `%N` the name without its
 * suffix, `%p` the prefix, `%i` the instance (empty where there is none); and `%%`, a percent sign, as in systemd.
 * Any other `%` stays as it is, as in fleet.
 *
 * @param name the unit's name; not checked.
 */
export function expandSpecifiers(value: string, name: string): string {
  if (!value.includes("%")) return value;
  const { stem, prefix, instance = "" } = splitUnitName(name);
  const expansions: Readonly<Record<string, string>> = { n: name, N: stem, p: prefix, i: instance, "%": "%" };
  return value.replace(/%([nNpi%])/g, (whole, specifier: string) => expansions[specifier] ?? whole);
}
