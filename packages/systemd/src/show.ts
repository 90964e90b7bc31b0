import { parseUnitName } from "@flotilla/unit";
import { ReaderError } from "./reader-error.ts";
import { readOrigin, type StatusOptions, systemctl } from "./status.ts";

/** A property as `systemctl show` prints it; a property with several values appears several times. */
export interface ShownProperty {
  readonly name: string;
  readonly value: string;
}

/** The form of a property's name (systemctl(1), show). */
export const PROPERTY_NAME = /^[A-Za-z][A-Za-z0-9]{0,79}$/;

/**
 * Properties whose values may be secrets. What a unit's file says is for every reader of the cluster; what a drop-in of
 * the host adds is not.
 */
const MAYBE_SECRET: ReadonlySet<string> = new Set(["Environment", "SetCredential", "SetCredentialEncrypted"]);

/**
 * Returns what `systemctl show` prints about a unit of the cluster on this machine.
 * @param names the properties to show; none for all.
 * @throws HostUnitError for a unit of the host; ReaderError when systemctl cannot be run or does not end in time, or for
 *   an invalid name of a property; UnitNameError for an invalid name; the signal's reason.
 */
export async function readProperties(
  name: string,
  names: readonly string[],
  options: StatusOptions,
  signal: AbortSignal,
): Promise<readonly ShownProperty[]> {
  parseUnitName(name);
  const bad = names.find((one) => !PROPERTY_NAME.test(one));
  if (bad !== undefined) throw new ReaderError(`no property of systemd can be named ${JSON.stringify(bad)}`);
  signal.throwIfAborted();
  const { hasDropIns } = await readOrigin(name, options, signal);
  const flags = names.length === 0 ? [] : ["--all", `--property=${names.join(",")}`];
  const { text, exitCode } = await systemctl("show", flags, [name], options, signal);
  if (exitCode !== 0) throw new ReaderError(`systemctl show ${name} failed: ${text.trim() || "it printed no error"}`);
  return propertiesIn(text).filter((property) => !hasDropIns || !MAYBE_SECRET.has(property.name));
}

export function propertiesIn(text: string): readonly ShownProperty[] {
  return text.split("\n").flatMap((line) => {
    const at = line.indexOf("=");
    return at > 0 ? [{ name: line.slice(0, at), value: line.slice(at + 1) }] : [];
  });
}
