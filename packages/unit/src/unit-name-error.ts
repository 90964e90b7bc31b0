/** A string is refused as a unit's name. The message says which rule it breaks. */
export class UnitNameError extends Error {
  readonly code = "bad-unit-name";

  constructor(message: string) {
    super(message);
    this.name = "UnitNameError";
  }
}
