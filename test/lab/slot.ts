import { createServer, type Server } from "node:net";
import { join } from "node:path";

/** The directory for the disks of all labs on this machine. */
export const LABS = "/var/tmp/flotilla-lab";

/** The most labs that a machine can have at once. */
export const SLOTS = 100;

/**
 * A lab's share of the machine: a directory, a control group, a bridge and a subnet, all named by the slot's number.
 */
export class Slot {
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }

  get directory(): string {
    return join(LABS, String(this.number));
  }

  get cgroup(): string {
    return `flotilla-lab-${this.number}`;
  }

  /** An interface name has at most 15 characters. */
  get bridge(): string {
    return `lab${this.number}`;
  }

  /** This machine's address as the hosts see it. */
  get bridgeAddress(): string {
    return this.address(1);
  }

  /**
   * The bridge's MAC address, locally administered. Without a fixed address, the bridge has the lowest address of its
   * ports, and changes it when the host at that port is removed. The other hosts would send to the old address until
   * their ARP entries expire.
   */
  get bridgeMac(): string {
    return `02:f1:07:11:1a:${this.number.toString(16).padStart(2, "0")}`;
  }

  address(last: number): string {
    return `10.177.${this.number}.${last}`;
  }

  /** The host's name for systemd-nspawn, which also names the machine's end of the host's virtual cable after it. */
  machine(host: string): string {
    return `lab${this.number}-${host}`;
  }

  /**
   * Claims the slot until this process ends, or resolves to undefined if another process holds it. The claim is an
   * abstract unix socket: the kernel gives it to one process only, and frees it when that process dies.
   */
  async claim(): Promise<Server | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Server | undefined>();
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(`\0flotilla-lab-${this.number}`, () => resolve(server));
    return promise;
  }
}
