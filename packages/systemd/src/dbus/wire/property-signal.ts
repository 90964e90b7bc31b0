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

/** Values by name: a string, a boolean, a number, bytes in hexadecimal digits, or a job's number and object path. */
export type ChangedProperties = Readonly<Record<string, PropertyValue>>;

type PropertyValue = string | boolean | number | readonly [id: number, path: string];

export function isPropertySignal({ member }: Head): boolean {
  return member === "PropertiesChanged";
}

/**
 * Reads a PropertiesChanged signal of an object that the filter follows; undefined for any other object.
 *
 * systemd sends a dozen such signals for each unit that it starts, with two dozen properties each. Only a dozen are used:
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
  const changed: Record<string, PropertyValue> = {};
  const length = reader.uint32();
  reader.align(8);
  for (const end = reader.at + length; reader.at < end;) {
    reader.align(8);
    const name = reader.string();
    const type = reader.signature();
    const value = names.has(name) ? readValue(reader, type) : undefined;
    if (value === undefined) reader.skip(type);
    else changed[name] = value;
  }
  return changed;
}

/** Returns undefined, and reads nothing, for a type that no followed property has. */
function readValue(reader: WireReader, type: string): PropertyValue | undefined {
  switch (type) {
    case "s":
      return reader.string();
    case "b":
      return reader.uint32() !== 0;
    case "i":
      return reader.int32();
    case "t":
      return reader.uint64();
    case "ay":
      return reader.hex();
    case "(uo)":
      reader.align(8);
      return [reader.uint32(), reader.string()];
    default:
      return undefined;
  }
}
