import { Socket } from "node:net";
import type { MessageBus } from "dbus-next";

/**
 * The socket under a dbus-next bus, which dbus-next 0.10.2 does not show: it is needed to see the stream
 * end (dbus-next tells nobody) and to close it at once (a stalled bus would hold a half-closed one).
 *
 * Also makes its short reads harmless: dbus-next reads a header and a body by `read(size)`, and takes
 * what is left of a stream that ended in the middle for the whole, which throws where nobody can catch.
 */
export function busStream(bus: MessageBus): Socket {
  const connection: unknown = Reflect.get(bus, "_connection");
  const stream: unknown = typeof connection === "object" && connection !== null && Reflect.get(connection, "stream");
  if (!(stream instanceof Socket)) throw new TypeError("dbus-next holds its socket elsewhere than 0.10.2 does");
  const read = stream.read.bind(stream);
  stream.read = (size?: number): unknown => {
    const chunk: unknown = read(size);
    if (size === undefined || !Buffer.isBuffer(chunk) || chunk.length >= size) return chunk;
    stream.destroy();
    return null;
  };
  return stream;
}
