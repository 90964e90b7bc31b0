/** A text is refused as a unit file. The message names the line and what to write instead. */
export class UnitFileError extends Error {
  readonly code = "bad-unit-file";
  /** Counted from 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = "UnitFileError";
    this.line = line;
  }
}
