import type { FlotillaError } from "@flotilla/runtime";
import { UnitManagerRefusedError, UnitManagerUnavailableError } from "../../unit-manager-error.ts";

/** Converts an error reply to an error: systemd refused the call, or no process received it. */
export function fromDbusError(errorName: string, [text]: readonly unknown[]): FlotillaError {
  const words = typeof text === "string" && text !== "" ? text : errorName;
  if (!NOBODY_THERE.has(errorName)) return new UnitManagerRefusedError(words, errorName);
  return new UnitManagerUnavailableError(`systemd is not on the bus (${words}); retrying`);
}

/**
 * The errors that the bus itself answers when the receiver is not on the bus
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
