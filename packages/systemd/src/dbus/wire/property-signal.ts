import type { Head } from "./plain-message.ts";
import type { WireReader } from "./wire-reader.ts";

/** Which signals are looked at. */
export interface SignalFilter {
  /** Signals other than these and changes of properties are passed over. */
  readonly members: ReadonlySet<string>;
  /** Changes of other objects' properties are passed over. */
  readonly follows: (path: string) => boolean;
  /** Of these properties the values are read. */
  readonly names: ReadonlySet<string>;
}

/** A PropertiesChanged signal, as far as it was asked for. */
export interface PropertySignal {
  /** The sender's unique name, put there by the bus. Anybody may send a signal straight to us: check it. */
  readonly sender: string;
  readonly path: string;
  readonly changed: ChangedProperties;
}

/** Values by name: text, yes or no, or a job's number and object path. */
export type ChangedProperties = Readonly<Record<string, string | boolean | readonly [id: number, path: string]>>;

/**
 * A PropertiesChanged signal of an object that the filter follows; "other" for a signal that the filter passes over;
 * undefined for one that is asked for by name. systemd sends a dozen such signals for each unit that it starts, with two dozen
 * properties each, of which five are of use: to decode all of them took most of the agent's time.
 * @throws RangeError when the bytes are no message.
 */
export function readPropertySignal(
  { member, signature, path, sender, body }: Head,
  { members, follows, names }: SignalFilter,
): PropertySignal | "other" | undefined {
  if (member !== "PropertiesChanged") return members.has(member) ? undefined : "other";
  if (signature !== "sa{sv}as" || !follows(path)) return "other";
  // The interface.
  body.skip("s");
  return { sender, path, changed: readProperties(body, names) };
}

function readProperties(reader: WireReader, names: ReadonlySet<string>): ChangedProperties {
  const changed: Record<string, string | boolean | readonly [number, string]> = {};
  const length = reader.uint32();
  reader.align(8);
  for (const end = reader.at + length; reader.at < end;) {
    reader.align(8);
    const name = reader.string();
    const type = reader.signature();
    if (names.has(name) && type === "s") changed[name] = reader.string();
    else if (names.has(name) && type === "b") changed[name] = reader.uint32() !== 0;
    else if (names.has(name) && type === "(uo)") {
      reader.align(8);
      changed[name] = [reader.uint32(), reader.string()];
    } else reader.skip(type);
  }
  return changed;
}
