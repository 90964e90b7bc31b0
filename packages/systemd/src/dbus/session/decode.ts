/** Checked reading of values from the bus: systemd's types are fixed, so that any other type is a bug. */

export function asString(value: unknown): string {
  if (typeof value !== "string") throw new TypeError(`systemd sent ${typeof value} in place of a string`);
  return value;
}

export function asArray(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`systemd sent ${typeof value} in place of an array`);
  return value;
}

/** Property values by name, each in its variant. */
export type Properties = Readonly<Record<string, unknown>>;

export function asProperties(value: unknown): Properties {
  if (typeof value !== "object" || value === null) throw new TypeError(`systemd sent ${typeof value}, not properties`);
  return { ...value };
}

/** The value inside a variant; undefined for anything else. */
export function variantValue(variant: unknown): unknown {
  return typeof variant === "object" && variant !== null && "value" in variant ? variant.value : undefined;
}
