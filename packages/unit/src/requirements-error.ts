/** The [X-Fleet] section asks for something that cannot be met or understood. */
export class RequirementsError extends Error {
  readonly code = "bad-requirements";

  constructor(message: string) {
    super(message);
    this.name = "RequirementsError";
  }
}
