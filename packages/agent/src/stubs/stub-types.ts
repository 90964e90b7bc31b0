/** The unit types of which systemd can have a stub without an effect on the host. */
const STUB_TYPES: ReadonlySet<string> = new Set(["service", "target", "timer", "path", "socket"]);

export function hasStub(unit: string): boolean {
  return STUB_TYPES.has(typeOf(unit));
}

/** The part of a unit's name after the last dot. */
export function typeOf(unit: string): string {
  return unit.slice(unit.lastIndexOf(".") + 1);
}
