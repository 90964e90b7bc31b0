import { Socket } from "node:net";
import type { MessageBus } from "dbus-next";
import { bytesAfter, HEADER_BYTES } from "./plain-message.ts";

const BEGIN = "BEGIN\r\n";

/**
 * The socket under a dbus-next bus, which dbus-next 0.10.2 does not show: it is needed to see the stream
 * end (dbus-next tells nobody), to close it at once (a stalled bus would hold a half-closed one), and to take
 * messages out of it that dbus-next need not decode.
 *
 * Also sends BEGIN along with AUTH, as sd-bus does: systemd's own socket does not see a message that it reads in one piece
 * with BEGIN before another one comes (systemd 252).
 *
 * Also reads whatever is there at once, and makes dbus-next's short reads harmless: it reads a header and a body by
 * `read(size)`, and takes what is left of a stream that ended in the middle for the whole, which throws where nobody
 * can catch.
 * @param take is handed each message, header and rest, in its order; true when it has dealt with it.
 */
export function busStream(bus: MessageBus, take: (header: Buffer, rest: Buffer) => boolean): Socket {
  const connection: unknown = Reflect.get(bus, "_connection");
  const stream: unknown = typeof connection === "object" && connection !== null && Reflect.get(connection, "stream");
  if (!(stream instanceof Socket)) throw new TypeError("dbus-next holds its socket elsewhere than 0.10.2 does");
  const write = stream.write.bind(stream);
  Reflect.set(stream, "write", (data: string | Buffer): boolean => {
    if (data === BEGIN) return true;
    return write(typeof data === "string" && data.startsWith("AUTH ") ? data + BEGIN : data);
  });
  const read = stream.read.bind(stream);
  /** What has come and was not looked at yet, and the rest of the message whose header dbus-next has. */
  let unread: Buffer = Buffer.alloc(0);
  let rest: Buffer | undefined;
  /** The next message, if it is there whole. */
  const cut = (): Buffer | undefined => {
    if (unread.length < HEADER_BYTES) return undefined;
    const size = HEADER_BYTES + bytesAfter(unread);
    if (unread.length < size) return undefined;
    const message = unread.subarray(0, size);
    unread = unread.subarray(size);
    return message;
  };
  const nextMessage = (): Buffer | null => {
    for (;;) {
      const message = cut();
      if (message === undefined) {
        const chunk: unknown = read();
        if (!Buffer.isBuffer(chunk)) return null;
        unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
        continue;
      }
      const header = message.subarray(0, HEADER_BYTES);
      const whole = message.subarray(HEADER_BYTES);
      if (isTaken(header, whole)) continue;
      rest = whole;
      return header;
    }
  };
  const isTaken = (message: Buffer, whole: Buffer): boolean => {
    try {
      return take(message, whole);
    } catch (error) {
      stream.destroy(error instanceof Error ? error : undefined);
      return true;
    }
  };
  stream.read = (size?: number): unknown => {
    const held = rest;
    rest = undefined;
    if (held) return held;
    // The greeting before the messages is read line by line, one byte at a time.
    return size === HEADER_BYTES ? nextMessage() : read(size);
  };
  return stream;
}
