/** The refusal of an option that no unit file can represent. The message names the option, its section and the fix. */
export class UnitOptionError extends Error {
  readonly code = "bad-unit-file";

  constructor(message: string) {
    super(message);
    this.name = "UnitOptionError";
  }
}
