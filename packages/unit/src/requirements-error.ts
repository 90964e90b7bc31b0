/** The refusal of an [X-Fleet] section that is malformed or cannot be satisfied. */
export class RequirementsError extends Error {
  readonly code = "bad-requirements";

  constructor(message: string) {
    super(message);
    this.name = "RequirementsError";
  }
}
