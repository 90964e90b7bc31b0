import {
  BODY_LENGTH_AT,
  type BusCall,
  FIELD,
  FIELDS_LENGTH_AT,
  FIXED_HEADER_BYTES,
  type Head,
  LITTLE_ENDIAN,
  METHOD_CALL,
  PROTOCOL_VERSION,
} from "./message.ts";
import { WireWriter } from "./wire-writer.ts";

/**
 * A burst of starts consists of calls whose arguments are strings, and of answers with one value. They are encoded and
 * decoded here because dbus-next takes about ten times as long (docs/decisions/0022-property-signals-beside-dbus-next.md).
 */

/** Encodes a call whose arguments are all strings; undefined for any other call. */
export function encodeStringCall(call: BusCall, serial: number): Buffer | undefined {
  const { destination, path, interface: name, member, signature = "", body = [] } = call;
  if (!/^s*$/.test(signature) || !body.every((argument) => typeof argument === "string")) return undefined;
  const texts = [destination, path, name, member, signature, ...body];
  // A field or an argument takes at most 16 bytes beside its text.
  const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 16, FIXED_HEADER_BYTES);
  const writer = new WireWriter(size);
  for (const byte of [LITTLE_ENDIAN, METHOD_CALL, 0, PROTOCOL_VERSION]) writer.byte(byte);
  // The lengths of the body and of the fields follow once they are known.
  for (const number of [0, serial, 0]) writer.uint32(number);
  writeField(writer, FIELD.path, "o", path);
  writeField(writer, FIELD.interface, "s", name);
  writeField(writer, FIELD.member, "s", member);
  writeField(writer, FIELD.destination, "s", destination);
  if (signature !== "") writeField(writer, FIELD.signature, "g", signature);
  writer.uint32At(FIELDS_LENGTH_AT, writer.at - FIXED_HEADER_BYTES);
  writer.align(8);
  const bodyAt = writer.at;
  for (const argument of body) writer.string(argument);
  writer.uint32At(BODY_LENGTH_AT, writer.at - bodyAt);
  return writer.bytes;
}

function writeField(writer: WireWriter, field: number, type: "s" | "o" | "g", text: string): void {
  writer.align(8);
  writer.byte(field);
  writer.signature(type);
  if (type === "g") writer.signature(text);
  else writer.string(text);
}

/**
 * Decodes a body of strings, object paths, signatures, unsigned 32-bit integers and booleans; undefined, with nothing
 * read, for a body with any other type.
 */
export function decodeSimpleBody({ signature, body }: Head): readonly unknown[] | undefined {
  if (!/^[sogub]*$/.test(signature)) return undefined;
  return Array.from(signature, (type) => {
    if (type === "g") return body.signature();
    if (type === "u") return body.uint32();
    if (type === "b") return body.uint32() !== 0;
    return body.string();
  });
}
