import { Socket } from "node:net";
import type { MessageBus } from "dbus-next";
import { bytesAfter, HEADER_BYTES } from "./property-signal.ts";

const BEGIN = "BEGIN\r\n";

/**
 * The socket under a dbus-next bus, which dbus-next 0.10.2 does not show: it is needed to see the stream
 * end (dbus-next tells nobody), to close it at once (a stalled bus would hold a half-closed one), and to take
 * messages out of it that dbus-next need not decode.
 *
 * Also sends BEGIN along with AUTH, as sd-bus does: systemd's own socket does not see a message that it reads in one piece
 * with BEGIN before another one comes (systemd 252).
 *
 * Also makes its short reads harmless: dbus-next reads a header and a body by `read(size)`, and takes
 * what is left of a stream that ended in the middle for the whole, which throws where nobody can catch.
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
  const readWhole = (size: number): Buffer | undefined => {
    const chunk: unknown = read(size);
    if (!Buffer.isBuffer(chunk)) return undefined;
    if (chunk.length >= size) return chunk;
    stream.destroy();
    return undefined;
  };
  /** What has been read of the next message, and what dbus-next is to read of this one. */
  let header: Buffer | undefined;
  let rest: Buffer | undefined;
  const nextMessage = (): Buffer | null => {
    for (;;) {
      header ??= readWhole(HEADER_BYTES);
      const whole = header && readWhole(bytesAfter(header));
      if (header === undefined || whole === undefined) return null;
      const message = header;
      header = undefined;
      if (isTaken(message, whole)) continue;
      rest = whole;
      return message;
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
    if (size === HEADER_BYTES) return nextMessage();
    return size === undefined ? read() : (readWhole(size) ?? null);
  };
  return stream;
}
