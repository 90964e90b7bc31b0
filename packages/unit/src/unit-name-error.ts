/** The refusal of a string as a unit name. The message says which rule the string breaks. */
export class UnitNameError extends Error {
  readonly code = "bad-unit-name";

  constructor(message: string) {
    super(message);
    this.name = "UnitNameError";
  }
}
