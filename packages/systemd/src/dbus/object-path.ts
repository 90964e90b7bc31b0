/**
 * The D-Bus object of a unit: every byte other than an ASCII letter or digit, and a leading digit, as `_` and
 * two hexadecimal digits (sd_bus_path_encode(3)).
 */
export function unitObjectPath(name: string): string {
  const escaped = Array.from(Buffer.from(name), (byte, index) => {
    const char = String.fromCharCode(byte);
    const plain = index === 0 ? /[A-Za-z]/ : /[A-Za-z0-9]/;
    return plain.test(char) ? char : `_${byte.toString(16).padStart(2, "0")}`;
  });
  return `${UNIT_NAMESPACE}/${escaped.join("") || "_"}`;
}

export const UNIT_NAMESPACE = "/org/freedesktop/systemd1/unit";
