/** A unit is refused because it could stop the daemon of each machine that it runs on. */
export class DaemonUnitError extends Error {
  readonly code = "daemon-unit";

  constructor(message: string) {
    super(message);
    this.name = "DaemonUnitError";
  }
}
