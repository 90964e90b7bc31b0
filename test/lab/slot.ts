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

  /** At most 15 characters, as the kernel has it for interfaces. */
  get bridge(): string {
    return `lab${this.number}`;
  }

  /** The address of this machine as the hosts see it. */
  get bridgeAddress(): string {
    return this.address(1);
  }

  /**
   * The bridge's own, locally administered. Without one, the kernel gives a bridge the lowest address among its
   * ports and changes it when that port's host goes: the others then talk to nobody until their ARP entry is old.
   */
  get bridgeMac(): string {
    return `02:f1:07:11:1a:${this.number.toString(16).padStart(2, "0")}`;
  }

  address(last: number): string {
    return `10.177.${this.number}.${last}`;
  }

  /** What systemd-nspawn calls the host; its end of the virtual cable is named after it. */
  machine(host: string): string {
    return `lab${this.number}-${host}`;
  }

  /**
   * Claims the slot for this process's lifetime, or resolves to undefined when it is taken. The claim is an
   * abstract unix socket: the kernel gives it to one process only and takes it back when that one dies.
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
