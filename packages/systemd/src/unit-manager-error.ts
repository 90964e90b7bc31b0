import { FlotillaError, OutageError } from "@flotilla/runtime";

/** systemd cannot be reached; calls work again once it can. */
export class UnitManagerUnavailableError extends OutageError {
  readonly code = "systemd-unavailable";
}

/** systemd did not answer within the time limit. */
export class UnitManagerTimeoutError extends OutageError {
  readonly code = "systemd-timeout";
}

/** systemd refused the call, with the message that the error has. */
export class UnitManagerRefusedError extends FlotillaError {
  readonly code = "systemd-refused";
  /** The D-Bus name of the error, such as org.freedesktop.systemd1.NoSuchUnit. */
  readonly errorName: string;

  constructor(message: string, errorName: string) {
    super(message);
    this.errorName = errorName;
  }
}

/** The D-Bus name of systemd's error for a unit that it does not know. */
export const NO_SUCH_UNIT = "org.freedesktop.systemd1.NoSuchUnit";

/** The D-Bus name of systemd's error for a unit that an administrator has masked. */
export const UNIT_MASKED = "org.freedesktop.systemd1.UnitMasked";

/** The error for a call about a unit that is not the cluster's; the same as systemd's for an unknown unit. */
export function notOfCluster(name: string): UnitManagerRefusedError {
  return new UnitManagerRefusedError(`unit ${name} is not a unit of the cluster on this machine`, NO_SUCH_UNIT);
}

/** A stopped unit has processes that survive SIGKILL, for example because they wait for a disk. */
export class ProcessesLeftError extends FlotillaError {
  readonly code = "processes-left";

  constructor(name: string, count: number) {
    super(
      `${name} has stopped, but ${count} of its processes cannot be killed: they may wait for a disk or a network mount`,
    );
  }
}

/** The host has a unit of this name that is not the cluster's. The host's unit is left alone. */
export class HostUnitError extends FlotillaError {
  readonly code = "host-unit";

  /** @param where the path of the host's file, or "loaded in systemd". */
  constructor(name: string, where: string) {
    super(
      `${name} is the host's own unit (${where}), so the cluster's unit file was not written: ` +
        "give the cluster's unit another name, or remove the host's unit",
    );
  }
}

/** Another unit of the cluster on this machine has this name as an alias. */
export class NameTakenError extends FlotillaError {
  readonly code = "name-taken";

  constructor(name: string, owner: string) {
    super(
      `${owner}, another unit of the cluster on this machine, has the name ${name} as an alias (Alias= in its [Install] ` +
        `section), so ${name} was not written: remove the alias, or separate the two units by Conflicts= in [X-Fleet].`,
    );
  }
}
