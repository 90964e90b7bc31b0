/** A right that a request needs and its sender lacks, with the cause and what to do. */
export interface MissingRight {
  /** The right that is missing, as in "start db.service". */
  readonly right: string;
  /** Who lacks it and why, as in "token ci is limited to units that match web*". */
  readonly cause: string;
  readonly fix: string;
}

export function describeMissing({ right, cause, fix }: MissingRight): string {
  return `the right "${right}" is missing: ${cause}; ${fix}`;
}
