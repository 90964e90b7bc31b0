import type { FlotillaError } from "@flotilla/runtime";
import { UnitManagerRefusedError, UnitManagerUnavailableError } from "../../unit-manager-error.ts";

/** Turns an error that came over the bus into ours: either nobody was there to answer, or systemd said no. */
export function fromDbusError(errorName: string, text: string): FlotillaError {
  if (!NOBODY_THERE.has(errorName)) return new UnitManagerRefusedError(text || errorName, errorName);
  return new UnitManagerUnavailableError(`systemd is not on the bus (${text || errorName}); it is tried again.`);
}

/**
 * What the bus itself answers when the receiver has gone or is not there yet
 * (https://dbus.freedesktop.org/doc/dbus-specification.html, org.freedesktop.DBus.Error).
 */
const NOBODY_THERE: ReadonlySet<string> = new Set([
  "org.freedesktop.DBus.Error.Disconnected",
  "org.freedesktop.DBus.Error.LimitsExceeded",
  "org.freedesktop.DBus.Error.NameHasNoOwner",
  "org.freedesktop.DBus.Error.NoReply",
  "org.freedesktop.DBus.Error.NoServer",
  "org.freedesktop.DBus.Error.ServiceUnknown",
  "org.freedesktop.DBus.Error.Spawn.ChildExited",
  "org.freedesktop.DBus.Error.Timeout",
  "org.freedesktop.DBus.Error.TimedOut",
]);
