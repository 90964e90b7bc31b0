import koffi from "koffi";

/**
 * The C functions without a counterpart in Node: flock(2), sendto(2) and malloc_trim(3) from libc, and sd_notify(3) from
 * libsystemd. Node cannot open unix datagram sockets, which sd_notify(3) and the journal use.
 */
export interface NativeCalls {
  /** Tries to take the lock; returns true on success. The kernel releases the lock when the process ends. */
  lockFile(fd: number): boolean;
  /** Sends a state to the service manager; does nothing if NOTIFY_SOCKET is unset. */
  notify(state: string): void;
  /** Sends one entry to the journal without waiting; returns false if the journal rejects the entry. */
  sendToJournal(entry: Buffer): boolean;
  /** Returns all free pages of the C library to the kernel. */
  trim(): void;
}

const LOCK_EX = 2;
const LOCK_NB = 4;

/** Linux's constants, equal on every architecture that Node supports (socket(2), send(2)). */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

const JOURNAL = "/run/systemd/journal/socket";

export function openNativeCalls(): NativeCalls {
  const libc = koffi.load("libc.so.6");
  const libsystemd = koffi.load("libsystemd.so.0");
  const flock = libc.func("flock", "int", ["int", "int"]);
  const socket = libc.func("socket", "int", ["int", "int", "int"]);
  const sendto = libc.func("sendto", "long", ["int", "void *", "size_t", "int", "void *", "uint"]);
  const trim = libc.func("malloc_trim", "int", ["size_t"]);
  const notify = libsystemd.func("sd_notify", "int", ["int", "str"]);
  const journal = Number(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const address = unixAddress(JOURNAL);
  return {
    lockFile: (fd) => flock(fd, LOCK_EX | LOCK_NB) === 0,
    notify: (state) => void notify(0, state),
    sendToJournal: (entry) =>
      sendto(journal, entry, entry.length, MSG_DONTWAIT | MSG_NOSIGNAL, address, address.length) >= 0,
    trim: () => void trim(0),
  };
}

/** A sockaddr_un (unix(7)). */
function unixAddress(path: string): Buffer {
  const address = Buffer.alloc(2 + path.length + 1);
  new Uint16Array(address.buffer, address.byteOffset, 1)[0] = AF_UNIX;
  address.write(path, 2);
  return address;
}
