/** The refusal of a unit that could stop the daemon on each machine where the unit runs. */
export class DaemonUnitError extends Error {
  readonly code = "daemon-unit";

  constructor(message: string) {
    super(message);
    this.name = "DaemonUnitError";
  }
}
