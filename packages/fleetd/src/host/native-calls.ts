import koffi from "koffi";
import type { Mapping } from "./start-pages.ts";

/**
 * The C functions without a counterpart in Node: flock(2), sendto(2), getsockname(2), getpeername(2), getsockopt(2),
 * madvise(2) and malloc_trim(3) from libc, and sd_notify(3) from libsystemd. Node cannot open unix datagram sockets, which
 * sd_notify(3) and the journal use.
 */
export interface NativeCalls {
  /** Tries to take the lock; returns true on success. The kernel releases the lock when the process ends. */
  lockFile(fd: number): boolean;
  /** Sends a state to the service manager; does nothing if NOTIFY_SOCKET is unset. */
  notify(state: string): void;
  /** Sends one entry to the journal without waiting; returns false if the journal rejects the entry. */
  sendToJournal(entry: Buffer): boolean;
  /** Returns the path of a listening unix socket; undefined for another socket. */
  socketPath(fd: number): string | undefined;
  /** Returns who is at the other end of a unix socket; undefined for another socket. */
  peerOf(fd: number): SocketPeer | undefined;
  /** Returns all free pages of the C library to the kernel. */
  trim(): void;
  /**
   * Unmaps the pages of a mapping (MADV_DONTNEED). The kernel maps them again from the file when the process touches
   * them, so changes that the process has made there would be lost.
   */
  unmap(mapping: Mapping): void;
}

/** The other end of a unix socket (unix(7)). */
export interface SocketPeer {
  /** The process that connected (SO_PEERCRED). */
  readonly pid: number;
  /** The user ID of the process when it connected (SO_PEERCRED). */
  readonly uid: number;
  /** The path, or the name in the abstract namespace with NUL in front; empty for an unnamed socket. */
  readonly address: string;
}

const LOCK_EX = 2;
const LOCK_NB = 4;

/** Linux's constants, equal on every architecture that Node supports (socket(2), send(2)). */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

const SOL_SOCKET = 1;
/** Another number on PowerPC (arch/powerpc/include/uapi/asm/socket.h). */
const SO_PEERCRED = process.arch === "ppc64" ? 21 : 17;
/** The size of struct ucred: pid, uid, gid. */
const UCRED_BYTES = 12;
/** The size of struct sockaddr_un: the family, and 108 bytes of the address. */
const ADDRESS_BYTES = 110;

/** The same on every architecture that Node supports (madvise(2)). */
const MADV_DONTNEED = 4;

const JOURNAL = "/run/systemd/journal/socket";

export function openNativeCalls(): NativeCalls {
  const libc = koffi.load("libc.so.6");
  const libsystemd = koffi.load("libsystemd.so.0");
  const flock = libc.func("flock", "int", ["int", "int"]);
  const socket = libc.func("socket", "int", ["int", "int", "int"]);
  const sendto = libc.func("sendto", "long", ["int", "void *", "size_t", "int", "void *", "uint"]);
  const getsockname = libc.func("getsockname", "int", ["int", "void *", "void *"]);
  const getpeername = libc.func("getpeername", "int", ["int", "void *", "void *"]);
  const getsockopt = libc.func("getsockopt", "int", ["int", "int", "int", "void *", "void *"]);
  const trim = libc.func("malloc_trim", "int", ["size_t"]);
  const madvise = libc.func("madvise", "int", ["uintptr_t", "size_t", "int"]);
  const notify = libsystemd.func("sd_notify", "int", ["int", "str"]);
  const journal = Number(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const address = unixAddress(JOURNAL);
  return {
    lockFile: (fd) => flock(fd, LOCK_EX | LOCK_NB) === 0,
    notify: (state) => void notify(0, state),
    sendToJournal: (entry) =>
      sendto(journal, entry, entry.length, MSG_DONTWAIT | MSG_NOSIGNAL, address, address.length) >= 0,
    socketPath: (fd) => addressIn((bytes, size) => Number(getsockname(fd, bytes, size))),
    peerOf: (fd) => {
      const address = addressIn((bytes, size) => Number(getpeername(fd, bytes, size)));
      const [credentials, size] = [Buffer.alloc(UCRED_BYTES), sizeOf(UCRED_BYTES)];
      if (address === undefined || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, size) !== 0) return undefined;
      const [pid = -1, uid = -1] = new Uint32Array(credentials.buffer, credentials.byteOffset, 3);
      return { pid, uid, address };
    },
    trim: () => void trim(0),
    unmap: ({ address, bytes }) => void madvise(address, bytes, MADV_DONTNEED),
  };
}

/** A sockaddr_un (unix(7)). */
function unixAddress(path: string): Buffer {
  const address = Buffer.alloc(2 + path.length + 1);
  new Uint16Array(address.buffer, address.byteOffset, 1)[0] = AF_UNIX;
  address.write(path, 2);
  return address;
}

/** Calls a function that fills a sockaddr_un and its size. Returns undefined if it fails or for another family. */
function addressIn(call: (bytes: Buffer, size: Buffer) => number): string | undefined {
  const [bytes, size] = [Buffer.alloc(ADDRESS_BYTES), sizeOf(ADDRESS_BYTES)];
  if (call(bytes, size) !== 0 || new Uint16Array(bytes.buffer, bytes.byteOffset, 1)[0] !== AF_UNIX) return undefined;
  const length = new Uint32Array(size.buffer, size.byteOffset, 1)[0] ?? 0;
  const address = bytes.subarray(2, Math.min(length, ADDRESS_BYTES)).toString("latin1");
  // A path ends with NUL; a name in the abstract namespace begins with NUL and fills the whole length.
  return address.startsWith("\0") ? address : address.replace(/\0.*$/s, "");
}

/** A socklen_t. */
function sizeOf(bytes: number): Buffer {
  return Buffer.from(new Uint32Array([bytes]).buffer);
}
