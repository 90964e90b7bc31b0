/**
 * The D-Bus object path of a unit. Every byte other than an ASCII letter or digit, and a leading digit, is encoded as
 * `_` and two hexadecimal digits (sd_bus_path_encode(3)).
 */
export function unitObjectPath(name: string): string {
  // Every character of a valid unit name is one byte.
  const escaped = name.replaceAll(
    /^[0-9]|[^A-Za-z0-9]/g,
    (char) => `_${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `${UNIT_NAMESPACE}/${escaped || "_"}`;
}

export const UNIT_NAMESPACE = "/org/freedesktop/systemd1/unit";
