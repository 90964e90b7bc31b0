/** One `Name=Value` assignment of a unit file. */
export interface UnitOption {
  readonly section: string;
  readonly name: string;
  /** The value as written, without whitespace around it. Continuation lines keep backslash and newline. */
  readonly value: string;
}

/** A unit file: the user's text, byte for byte, and the parsed options. */
export interface UnitFile {
  readonly text: string;
  readonly options: readonly UnitOption[];
}
