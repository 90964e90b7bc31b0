import { WireReader } from "./wire-reader.ts";

/** A method call: the object, the method and its arguments. */
export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

/** The header fields of a received message that the adapter uses, and a reader at the start of its body. */
export interface Head {
  readonly type: number;
  /** False for a call whose sender wants no reply. */
  readonly expectsReply: boolean;
  readonly path: string;
  readonly member: string;
  readonly errorName: string;
  readonly replySerial: number;
  readonly sender: string;
  readonly signature: string;
  readonly body: WireReader;
}

export const METHOD_CALL = 1;
export const METHOD_RETURN = 2;
export const ERROR = 3;
export const SIGNAL = 4;

/** Endianness, type, flags, version, length of the body, serial, length of the header fields. */
export const FIXED_HEADER_BYTES = 16;
export const BODY_LENGTH_AT = 4;
export const FIELDS_LENGTH_AT = 12;

const NO_REPLY_EXPECTED = 1;

export const LITTLE_ENDIAN = 0x6c;
export const PROTOCOL_VERSION = 1;

/** Codes of the header fields (D-Bus specification, "Header Fields"). */
export const FIELD = {
  path: 1,
  interface: 2,
  member: 3,
  errorName: 4,
  replySerial: 5,
  destination: 6,
  sender: 7,
  signature: 8,
} as const;

/** The length of the message that `bytes` begin with; undefined while the fixed part of its header is incomplete. */
export function messageLength(bytes: Buffer): number | undefined {
  if (bytes.length < FIXED_HEADER_BYTES) return undefined;
  const reader = new WireReader(bytes, bytes[0] === LITTLE_ENDIAN, BODY_LENGTH_AT);
  const body = reader.uint32();
  // The serial.
  reader.uint32();
  const fields = reader.uint32();
  return FIXED_HEADER_BYTES + Math.ceil(fields / 8) * 8 + body;
}

/**
 * Reads the header of a whole message.
 * @throws RangeError when the bytes are not a message.
 */
export function readHead(message: Buffer): Head {
  const body = new WireReader(message, message[0] === LITTLE_ENDIAN, FIELDS_LENGTH_AT);
  const head = {
    type: message.readUInt8(1),
    expectsReply: (message.readUInt8(2) & NO_REPLY_EXPECTED) === 0,
    path: "",
    member: "",
    errorName: "",
    replySerial: 0,
    sender: "",
    signature: "",
    body,
  };
  const fieldsLength = body.uint32();
  for (const end = body.at + fieldsLength; body.at < end;) {
    body.align(8);
    const field = body.byte();
    const type = body.signature();
    if (field === FIELD.path) head.path = body.string();
    else if (field === FIELD.member) head.member = body.string();
    else if (field === FIELD.errorName) head.errorName = body.string();
    else if (field === FIELD.replySerial) head.replySerial = body.uint32();
    else if (field === FIELD.sender) head.sender = body.string();
    else if (field === FIELD.signature) head.signature = body.signature();
    else body.skip(type);
  }
  body.align(8);
  return head;
}
