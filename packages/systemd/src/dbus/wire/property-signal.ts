import type { Head } from "./message.ts";
import type { WireReader } from "./wire-reader.ts";

/** Which changes of properties are read. */
export interface PropertyFilter {
  /** Whether changes of this object's properties are read. */
  readonly follows: (path: string) => boolean;
  /** The properties whose values are read. */
  readonly names: ReadonlySet<string>;
}

/** A PropertiesChanged signal, with the properties that the filter names. */
export interface PropertySignal {
  /** The sender's unique name, set by the bus. Any process on the bus may send a signal to this one: check the name. */
  readonly sender: string;
  readonly path: string;
  readonly changed: ChangedProperties;
}

/** Values by name: a string, a boolean, or a job's number and object path. */
export type ChangedProperties = Readonly<Record<string, string | boolean | readonly [id: number, path: string]>>;

export function isPropertySignal({ member }: Head): boolean {
  return member === "PropertiesChanged";
}

/**
 * Reads a PropertiesChanged signal of an object that the filter follows; undefined for any other object.
 *
 * systemd sends a dozen such signals for each unit that it starts, with two dozen properties each. Only five are used:
 * decoding all of them took most of the agent's processor time.
 * @throws RangeError when the bytes are not a message.
 */
export function readPropertySignal(
  { signature, path, sender, body }: Head,
  { follows, names }: PropertyFilter,
): PropertySignal | undefined {
  if (signature !== "sa{sv}as" || !follows(path)) return undefined;
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
