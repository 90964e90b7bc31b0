/**
 * The D-Bus object of a unit: every byte other than an ASCII letter or digit, and a leading digit, as `_` and
 * two hexadecimal digits (sd_bus_path_encode(3)).
 */
export function unitObjectPath(name: string): string {
  // Of names that systemd takes, every character is one byte.
  const escaped = name.replaceAll(
    /^[0-9]|[^A-Za-z0-9]/g,
    (char) => `_${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `${UNIT_NAMESPACE}/${escaped || "_"}`;
}

export const UNIT_NAMESPACE = "/org/freedesktop/systemd1/unit";
