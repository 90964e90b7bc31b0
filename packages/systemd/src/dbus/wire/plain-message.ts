import { WireReader } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";

/** Which method of which object is called, and with what. */
export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

/** What a message's header says, as far as it is of use, and its body, not read yet. */
export interface Head {
  readonly type: number;
  readonly path: string;
  readonly member: string;
  readonly errorName: string;
  readonly replySerial: number;
  readonly sender: string;
  readonly signature: string;
  readonly body: WireReader;
}

/** In the header: endianness, type, flags, version, length of the body, serial, length of the fields. */
export const HEADER_BYTES = 16;

export const METHOD_CALL = 1;
export const METHOD_RETURN = 2;
export const ERROR = 3;
export const SIGNAL = 4;

const LITTLE_ENDIAN = 0x6c;
const PROTOCOL_VERSION = 1;

/** Header fields by number (D-Bus specification, "Header Fields"). */
const PATH = 1;
const INTERFACE = 2;
const MEMBER = 3;
const ERROR_NAME = 4;
const REPLY_SERIAL = 5;
const DESTINATION = 6;
const SENDER = 7;
const SIGNATURE = 8;

/** How many bytes of the message come after its header: its fields, padded, and its body. */
export function bytesAfter(header: Buffer): number {
  const reader = new WireReader(header, isLittle(header), 4);
  const body = reader.uint32();
  reader.uint32();
  return Math.ceil(reader.uint32() / 8) * 8 + body;
}

/**
 * @param rest what comes after the header.
 * @throws RangeError when the bytes are no message.
 */
export function readHead(header: Buffer, rest: Buffer): Head {
  const body = new WireReader(rest, isLittle(header));
  const head = {
    type: header.readUInt8(1),
    path: "",
    member: "",
    errorName: "",
    replySerial: 0,
    sender: "",
    signature: "",
    body,
  };
  const fieldsEnd = new WireReader(header, isLittle(header), 12).uint32();
  while (body.at < fieldsEnd) {
    body.align(8);
    const field = body.byte();
    const type = body.signature();
    if (field === PATH) head.path = body.string();
    else if (field === MEMBER) head.member = body.string();
    else if (field === ERROR_NAME) head.errorName = body.string();
    else if (field === REPLY_SERIAL) head.replySerial = body.uint32();
    else if (field === SENDER) head.sender = body.string();
    else if (field === SIGNATURE) head.signature = body.signature();
    else body.skip(type);
  }
  body.align(8);
  return head;
}

/** The body's arguments, if each is of a type that stands for itself; else undefined, with nothing read. */
export function plainBody({ signature, body }: Head): readonly unknown[] | undefined {
  if (!/^[sogub]*$/.test(signature)) return undefined;
  return Array.from(signature, (type) => {
    if (type === "g") return body.signature();
    if (type === "u") return body.uint32();
    if (type === "b") return body.uint32() !== 0;
    return body.string();
  });
}

/** A call whose arguments, if it has any, are all text; undefined for any other one. */
export function textCall(call: BusCall, serial: number): Buffer | undefined {
  const { destination, path, interface: name, member, signature = "", body = [] } = call;
  if (!/^s*$/.test(signature) || !body.every((argument) => typeof argument === "string")) return undefined;
  const texts = [destination, path, name, member, signature, ...body];
  // A field or an argument takes at most 16 bytes beside its text.
  const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 16, HEADER_BYTES);
  const writer = new WireWriter(size);
  for (const byte of [LITTLE_ENDIAN, METHOD_CALL, 0, PROTOCOL_VERSION]) writer.byte(byte);
  // The lengths of body and fields are put in when they are known.
  for (const number of [0, serial, 0]) writer.uint32(number);
  writeField(writer, PATH, "o", path);
  writeField(writer, INTERFACE, "s", name);
  writeField(writer, MEMBER, "s", member);
  writeField(writer, DESTINATION, "s", destination);
  if (signature !== "") writeField(writer, SIGNATURE, "g", signature);
  writer.uint32At(12, writer.at - HEADER_BYTES);
  writer.align(8);
  const bodyAt = writer.at;
  for (const argument of body) writer.string(argument);
  writer.uint32At(4, writer.at - bodyAt);
  return writer.bytes;
}

function writeField(writer: WireWriter, field: number, type: "s" | "o" | "g", text: string): void {
  writer.align(8);
  writer.byte(field);
  writer.signature(type);
  if (type === "g") writer.signature(text);
  else writer.string(text);
}

function isLittle(header: Buffer): boolean {
  return header[0] === LITTLE_ENDIAN;
}
