import { WireReader } from "./wire-reader.ts";

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

/** Values by name: text, or a job's number and object path. */
export type ChangedProperties = Readonly<Record<string, string | readonly [id: number, path: string]>>;

/** In the header: endianness, type, flags, version, length of the body, serial, length of the fields. */
export const HEADER_BYTES = 16;

const LITTLE_ENDIAN = 0x6c;
const SIGNAL = 4;

/** Header fields by number (D-Bus specification, "Header Fields"). */
const PATH = 1;
const MEMBER = 3;
const SENDER = 7;
const SIGNATURE = 8;
/** Those that are text and of use. */
const FIELDS: ReadonlySet<number> = new Set([PATH, MEMBER, SENDER]);

/** How many bytes of the message come after its header: its fields, padded, and its body. */
export function bytesAfter(header: Buffer): number {
  const reader = new WireReader(header, isLittle(header), 4);
  const body = reader.uint32();
  reader.uint32();
  return padded(reader.uint32()) + body;
}

/**
 * A PropertiesChanged signal of an object that the filter follows; "other" for a signal that the filter passes over;
 * undefined for every other message. systemd sends a dozen such signals for each unit that it starts, with two dozen
 * properties each, of which four are of use: to decode all of them took most of the agent's time.
 * @throws RangeError when the bytes are no message.
 */
export function readPropertySignal(
  header: Buffer,
  rest: Buffer,
  { members, follows, names }: SignalFilter,
): PropertySignal | "other" | undefined {
  if (header[1] !== SIGNAL) return undefined;
  const fields = new Map<number, string>();
  const reader = new WireReader(rest, isLittle(header));
  const fieldsEnd = new WireReader(header, isLittle(header), 12).uint32();
  while (reader.at < fieldsEnd) {
    reader.align(8);
    const field = reader.byte();
    const type = reader.signature();
    const isText = type === "s" || type === "o";
    if (isText && FIELDS.has(field)) fields.set(field, reader.string());
    else if (type === "g") fields.set(field, reader.signature());
    else reader.skip(type);
  }
  const member = fields.get(MEMBER) ?? "";
  if (member !== "PropertiesChanged") return members.has(member) ? undefined : "other";
  if (fields.get(SIGNATURE) !== "sa{sv}as") return "other";
  const path = fields.get(PATH) ?? "";
  if (!follows(path)) return "other";
  reader.align(8);
  // The interface.
  reader.skip("s");
  return { sender: fields.get(SENDER) ?? "", path, changed: readProperties(reader, names) };
}

function readProperties(reader: WireReader, names: ReadonlySet<string>): ChangedProperties {
  const changed: Record<string, string | readonly [number, string]> = {};
  const length = reader.uint32();
  reader.align(8);
  for (const end = reader.at + length; reader.at < end;) {
    reader.align(8);
    const name = reader.string();
    const type = reader.signature();
    if (names.has(name) && type === "s") changed[name] = reader.string();
    else if (names.has(name) && type === "(uo)") {
      reader.align(8);
      changed[name] = [reader.uint32(), reader.string()];
    } else reader.skip(type);
  }
  return changed;
}

function isLittle(header: Buffer): boolean {
  return header[0] === LITTLE_ENDIAN;
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}
