import { createServer, type Server } from "node:net";
import { join } from "node:path";

/** Where every lab of this machine keeps its hosts' disks. */
export const LABS = "/var/tmp/flotilla-lab";

/** How many labs a machine can have at once. */
export const SLOTS = 100;

/** One lab's share of the machine: its directory, control group, bridge and subnet, all named by a number. */
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

  /** At most 15 characters, the kernel's limit for the name of an interface. */
  get bridge(): string {
    return `lab${this.number}`;
  }

  /** The address of this machine as the hosts see it. */
  get bridgeAddress(): string {
    return this.address(1);
  }

  /**
   * The bridge's MAC address, locally administered. Without it, the kernel gives a bridge the lowest address among its
   * ports and changes that address when the port's host goes: the other hosts then send to the old address until their ARP
   * entry expires.
   */
  get bridgeMac(): string {
    return `02:f1:07:11:1a:${this.number.toString(16).padStart(2, "0")}`;
  }

  address(last: number): string {
    return `10.177.${this.number}.${last}`;
  }

  /** The name of the host for systemd-nspawn, which also names the machine's end of the virtual cable after it. */
  machine(host: string): string {
    return `lab${this.number}-${host}`;
  }

  /**
   * Claims the slot for this process's lifetime, or resolves to undefined when another process holds it. The claim is an
   * abstract unix socket: the kernel gives it to one process only and frees it when that process dies.
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
