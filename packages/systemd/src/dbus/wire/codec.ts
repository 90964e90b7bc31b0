import dbus, { type Message, type MessageLike } from "dbus-next";
import type { BusCall, Head } from "./message.ts";
import { decodeSimpleBody, encodeStringCall } from "./simple-message.ts";

/**
 * Messages to bytes and back. dbus-next encodes and decodes every type that D-Bus has; only the simple messages of a
 * burst of starts bypass dbus-next.
 */

/** What patches/dbus-next@0.10.2.patch adds to the library's Message (docs/decisions/0043-dbus-next-as-a-codec.md). */
interface MessageCodec {
  /** The library's own type says that the serial of the call is a string. */
  new (message: Omit<MessageLike, "replySerial"> & { readonly replySerial?: number | null }): { marshal(): Buffer };
  unmarshal(data: Buffer): Message;
}

const codec = patched(dbus.Message);

/** @throws what dbus-next throws when the arguments do not match the signature. */
export function encodeCall(call: BusCall, serial: number): Buffer {
  return encodeStringCall(call, serial) ?? new codec({ ...call, body: [...(call.body ?? [])], serial }).marshal();
}

/** Encodes the error that answers a call of another process: this end of the connection has no objects. */
export function encodeRefusal(call: Buffer, serial: number): Buffer {
  const { serial: replySerial, sender: destination, member } = codec.unmarshal(call);
  const errorName = "org.freedesktop.DBus.Error.UnknownMethod";
  const error = { type: dbus.MessageType.ERROR, errorName, signature: "s", body: [`fleetd has no method ${member}`] };
  return new codec({ ...error, destination, replySerial, serial }).marshal();
}

/**
 * Decodes the arguments of a received message.
 * @throws an Error when the bytes are not a message.
 */
export function decodeBody(message: Buffer, head: Head): readonly unknown[] {
  return decodeSimpleBody(head) ?? codec.unmarshal(message).body;
}

function patched(message: object): MessageCodec {
  if (!("unmarshal" in message)) throw new Error("dbus-next is installed without its patch; run scripts/setup.sh");
  return message as MessageCodec;
}
