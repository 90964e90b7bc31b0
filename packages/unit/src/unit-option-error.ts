/** An option is refused because no unit file can hold it. The message names it, its section and what to change. */
export class UnitOptionError extends Error {
  readonly code = "bad-unit-file";

  constructor(message: string) {
    super(message);
    this.name = "UnitOptionError";
  }
}
