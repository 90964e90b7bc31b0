/** The refusal of a text as a unit file. The message names the line and the fix. */
export class UnitFileError extends Error {
  readonly code = "bad-unit-file";
  /** The number of the line, from 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = "UnitFileError";
    this.line = line;
  }
}
