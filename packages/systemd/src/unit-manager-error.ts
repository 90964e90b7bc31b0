import { FlotillaError, OutageError } from "@flotilla/runtime";

/** The bus or systemd is away; calls work again once it is back. */
export class UnitManagerUnavailableError extends OutageError {
  readonly code = "systemd-unavailable";
}

/** systemd did not answer within the time limit. */
export class UnitManagerTimeoutError extends OutageError {
  readonly code = "systemd-timeout";
}

/** systemd refused the call; the message is systemd's own. */
export class UnitManagerRefusedError extends FlotillaError {
  readonly code = "systemd-refused";
  /** The D-Bus error name, as org.freedesktop.systemd1.NoSuchUnit. */
  readonly errorName: string;

  constructor(message: string, errorName: string) {
    super(message);
    this.errorName = errorName;
  }
}

/** The error name by which systemd says that it does not know a unit. */
export const NO_SUCH_UNIT = "org.freedesktop.systemd1.NoSuchUnit";

/** … and that an administrator has masked one. */
export const UNIT_MASKED = "org.freedesktop.systemd1.UnitMasked";

/** Processes of a unit that has stopped outlast SIGKILL, as some that wait for a disk do. */
export class ProcessesLeftError extends FlotillaError {
  readonly code = "processes-left";

  constructor(name: string, count: number) {
    super(
      `${name} has stopped, but ${count} of its processes cannot be killed: they may wait for a disk or a network mount.`,
    );
  }
}

/** The host has a unit of this name that the cluster did not put there; it is left alone. */
export class HostUnitError extends FlotillaError {
  readonly code = "host-unit";

  /** @param where what of the host's it is: the path of its file, or "loaded in systemd". */
  constructor(name: string, where: string) {
    super(
      `${name} is a unit of this host's own (${where}), so the cluster's unit file was not put in its place: ` +
        "give the cluster's unit another name, or disable or remove the host's.",
    );
  }
}

/** Another unit of the cluster's on this machine has this name as an alias. */
export class NameTakenError extends FlotillaError {
  readonly code = "name-taken";

  constructor(name: string, owner: string) {
    super(
      `${owner}, another unit of the cluster on this machine, has the name ${name} as an alias (Alias= in its [Install] ` +
        `section), so ${name} was not put here: remove the alias, or keep the two apart by Conflicts= in [X-Fleet].`,
    );
  }
}
