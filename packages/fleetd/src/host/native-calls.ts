import koffi from "koffi";

/**
 * The few calls into C that Node has no door to: flock(2) from libc, and sd_notify(3) and
 * sd_journal_sendv(3) from libsystemd (unix datagram sockets, which Node cannot open).
 */
export interface NativeCalls {
  /** True when the lock is ours now. The kernel gives it back when the process ends, however it ends. */
  lockFile(fd: number): boolean;
  /** Tells the service manager; does nothing when there is none (NOTIFY_SOCKET unset). */
  notify(state: string): void;
  /** Writes one entry of `FIELD=value` items to the journal. */
  sendToJournal(items: readonly string[]): void;
}

const LOCK_EX = 2;
const LOCK_NB = 4;

export function openNativeCalls(): NativeCalls {
  const libc = koffi.load("libc.so.6");
  const libsystemd = koffi.load("libsystemd.so.0");
  const iovec = koffi.struct({ base: "void *", length: "size_t" });
  const flock = libc.func("flock", "int", ["int", "int"]);
  const notify = libsystemd.func("sd_notify", "int", ["int", "str"]);
  const sendv = libsystemd.func("sd_journal_sendv", "int", [koffi.pointer(iovec), "int"]);
  return {
    lockFile: (fd) => flock(fd, LOCK_EX | LOCK_NB) === 0,
    notify: (state) => void notify(0, state),
    sendToJournal: (items) => {
      const buffers = items.map((item) => Buffer.from(item));
      void sendv(
        buffers.map((base) => ({ base, length: base.length })),
        buffers.length,
      );
    },
  };
}
