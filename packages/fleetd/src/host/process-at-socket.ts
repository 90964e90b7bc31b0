import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import type { NativeCalls } from "./native-calls.ts";

/** The process that opened a unix socket, as of its connect(2) (unix(7), SO_PEERCRED). */
export interface ProcessAtSocket {
  readonly pid: number;
  readonly uid: number;
  /** The name of the user; undefined if the host does not know it. */
  readonly user: string | undefined;
}

/**
 * Returns a function that names the process at the other end of a unix socket, as of its connect(2). Each connection is
 * asked about once. The result is undefined for other sockets, and where Node does not tell the descriptor.
 */
export function processesAtSockets(
  native: Pick<NativeCalls, "peerOf">,
): (socket: Socket) => ProcessAtSocket | undefined {
  const known = new WeakMap<Socket, ProcessAtSocket | "unknown">();
  return (socket) => {
    const seen = known.get(socket);
    if (seen !== undefined) return seen === "unknown" ? undefined : seen;
    // Node has no public way to the descriptor of an accepted connection.
    const handle = Reflect.get(socket, "_handle") as { readonly fd?: number } | null | undefined;
    const { fd = -1 } = handle ?? {};
    const peer = fd < 0 ? undefined : native.peerOf(fd);
    const process = peer && { pid: peer.pid, uid: peer.uid, user: userNamed(peer.uid) };
    known.set(socket, process ?? "unknown");
    return process;
  };
}

/** The name of a user of this host, from passwd(5). Users of a directory service have none here. */
function userNamed(uid: number): string | undefined {
  if (uid === 0) return "root";
  try {
    const lines = readFileSync("/etc/passwd", "utf8").split("\n");
    return lines.map((line) => line.split(":")).find(([, , id]) => id === String(uid))?.[0];
  } catch {
    return undefined;
  }
}
