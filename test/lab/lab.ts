import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { Cgroup } from "./cgroup.ts";
import { type CommandOptions, run, RunningCommand } from "./command.ts";
import { Host } from "./host.ts";
import { Slot } from "./slot.ts";

/** The root of this checkout. Every host sees it, read-only, at the same path. */
export const REPOSITORY = join(import.meta.dirname, "../..");

/** The number of addresses for hosts in a lab's subnet. */
export const MOST_HOSTS = 200;

export interface HostsOptions {
  /** The number of hosts. */
  readonly hosts: number;
  /** Writes files to a new host's disk before its first boot. */
  readonly install?: (host: Host) => Promise<void>;
}

/** The addresses of hosts begin at 11. */
const MOST_SERVERS = 9;

/** An additional address of this machine on a lab's bridge. A test can remove it to cut off the server behind it. */
export interface ServerAddress {
  readonly ip: string;
  /** Removes the address: packets to and from it are silently lost. */
  cutOff(): Promise<void>;
  /** Undoes `cutOff`. */
  reconnect(): Promise<void>;
}

type Reaper = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Real systemd hosts on one machine: systemd-nspawn containers whose disks are copy-on-write overlays of this machine's
 * root. They share a bridge that leads nowhere else. Labs that run at the same time are isolated.
 *
 * A lab leaves nothing behind, however this process ends: a second process, the reaper, outlives it and cleans up.
 */
export class Lab {
  readonly hosts: Host[] = [];
  /** The lab's directory on this machine, removed with the lab. */
  readonly directory: string;
  /** This machine's address, as the hosts see it. */
  readonly address: string;
  readonly #slot: Slot;
  readonly #cgroup: Cgroup;
  readonly #reaper: Reaper;

  private constructor(slot: Slot, cgroup: Cgroup, reaper: Reaper) {
    this.directory = slot.directory;
    this.address = slot.bridgeAddress;
    this.#slot = slot;
    this.#cgroup = cgroup;
    this.#reaper = reaper;
  }

  /** Opens a lab and boots its hosts. */
  static async boot(options: HostsOptions): Promise<Lab> {
    const lab = await Lab.open();
    try {
      await lab.addHosts(options);
      return lab;
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  /** Opens a lab with its network and without hosts. */
  static async open(): Promise<Lab> {
    if (process.getuid?.() !== 0) throw new Error("lab hosts need root: run this as root");
    const reaper = spawn(process.execPath, [join(import.meta.dirname, "reaper.ts")], {
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const slot = await claimedSlot(reaper);
    const cgroup = (await Cgroup.root()).child(slot.cgroup);
    const lab = new Lab(slot, cgroup, reaper);
    try {
      await mkdir(slot.directory, { recursive: true });
      await cgroup.create({ delegate: true });
      await run(["ip", "link", "add", slot.bridge, "address", slot.bridgeMac, "type", "bridge"]);
      await run(["ip", "address", "add", `${slot.bridgeAddress}/24`, "dev", slot.bridge]);
      await run(["ip", "link", "set", slot.bridge, "up"]);
      return lab;
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  /** Boots additional hosts in parallel. Resolves when they are up. */
  async addHosts({ hosts: count, install }: HostsOptions): Promise<readonly Host[]> {
    const first = this.hosts.length + 1;
    if (first + count - 1 > MOST_HOSTS) throw new RangeError(`a lab can have at most ${MOST_HOSTS} hosts`);
    const boot = async (_: unknown, offset: number): Promise<Host> => {
      const index = first + offset;
      const host = await Host.create({ slot: this.#slot, cgroup: this.#cgroup, index, shared: REPOSITORY });
      await install?.(host);
      await host.powerOn();
      return host;
    };
    const added = await Promise.all(Array.from({ length: count }, boot));
    this.hosts.push(...added);
    return added;
  }

  /** Returns a host by its number, from 1, as in its name. */
  host(index: number): Host {
    const host = this.hosts[index - 1];
    if (host === undefined)
      throw new RangeError(`this lab has ${this.hosts.length} hosts; h${index} is not among them`);
    return host;
  }

  /**
   * Adds an address for a server.
   * @param number the server's number, from 1.
   */
  async serverAddress(number: number): Promise<ServerAddress> {
    if (number > MOST_SERVERS) throw new RangeError(`a lab can have at most ${MOST_SERVERS} servers`);
    const ip = this.#slot.address(1 + number);
    const change = async (verb: "replace" | "del"): Promise<void> => {
      await run(["ip", "address", verb, `${ip}/24`, "dev", this.#slot.bridge]);
    };
    await change("replace");
    return { ip, cutOff: () => change("del"), reconnect: () => change("replace") };
  }

  /** Starts a command on this machine, such as a server for the hosts. It ends with the lab at the latest. */
  async spawn(name: string, command: readonly string[], options: CommandOptions = {}): Promise<RunningCommand> {
    const cgroup = this.#cgroup.child(name);
    await cgroup.create();
    return new RunningCommand(cgroup.joining(command), options);
  }

  /**
   * Removes the lab.
   * @throws when something cannot be removed.
   */
  async down(): Promise<void> {
    if (this.#reaper.exitCode !== null || this.#reaper.signalCode !== null) return;
    const ended = once(this.#reaper, "exit");
    const complaint = text(this.#reaper.stderr);
    this.#reaper.stdin.end();
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`cannot clean the lab up: ${await complaint}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }
}

async function claimedSlot(reaper: Reaper): Promise<Slot> {
  for await (const line of createInterface({ input: reaper.stdout })) return new Slot(Number(line));
  throw new Error(`cannot claim a slot for a lab: ${await text(reaper.stderr)}`);
}
