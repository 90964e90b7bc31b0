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

/**
 * Expands the specifiers with which systemd itself knows the unit's name (systemd.unit(5)): fleet's, and `%j` what comes
 * after the prefix's last dash, `%P`, `%I` and `%J` prefix, instance and that unescaped. Any other `%` stays as it is.
 *
 * @param name the unit's name; not checked.
 */
export function expandNameSpecifiers(value: string, name: string): string {
  if (!/%[jJPI]/.test(value)) return expandSpecifiers(value, name);
  const { prefix, instance = "" } = splitUnitName(name);
  const last = prefix.slice(prefix.lastIndexOf("-") + 1);
  const [P, I, J] = [prefix, instance, last].map(unescaped);
  const expansions: Readonly<Record<string, string | undefined>> = { j: last, J, P, I };
  return value.replace(/%(.)/g, (known, specifier: string) => expansions[specifier] ?? expandSpecifiers(known, name));
}

/** As systemd-escape(1) has it. */
function unescaped(part: string): string {
  return part.replace(/-|\\x([0-9a-f]{2})/g, (_, hex?: string) =>
    hex === undefined ? "/" : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
