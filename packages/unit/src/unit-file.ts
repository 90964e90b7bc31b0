/** One `Name=Value` assignment of a unit file, in the order in which the file has it. */
export interface UnitOption {
  readonly section: string;
  readonly name: string;
  /** As written, without the blanks around it; continuation lines stay as backslash and newline. */
  readonly value: string;
}

/** A unit file: what the user wrote, byte for byte, and what it says. */
export interface UnitFile {
  readonly text: string;
  readonly options: readonly UnitOption[];
}
