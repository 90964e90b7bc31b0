import { once } from "node:events";
import { access, readFile } from "node:fs/promises";
import { spawn, type ChildProcess } from "node:child_process";
import { openSync, closeSync } from "node:fs";
import { join } from "node:path";
import type { Cgroup } from "./cgroup.ts";
import { type CommandOptions, type CommandResult, run, RunningCommand } from "./command.ts";
import { Disk, READY_FILE } from "./disk.ts";
import type { Slot } from "./slot.ts";
import { waitFor } from "./wait-for.ts";

/** The direction in which packets are lost: to the host, from the host, or both. */
export type Direction = "in" | "out" | "both";

export interface HostOptions {
  readonly slot: Slot;
  /** The lab's control group. */
  readonly cgroup: Cgroup;
  /** The host's number in the lab, from 1. */
  readonly index: number;
  /** The directory of this machine that the host mounts read-only at the same path. */
  readonly shared: string;
}

/** A host with its own systemd, D-Bus, journal, disk, machine ID and IP address. */
export class Host {
  readonly name: string;
  readonly ip: string;
  readonly disk: Disk;
  readonly #options: HostOptions;
  readonly #cgroup: Cgroup;
  readonly #directory: string;
  #supervisor: ChildProcess | undefined;
  #leader: number | undefined;
  #isFrozen = false;
  #isCut = false;
  #isSystemdFrozen = false;

  private constructor(options: HostOptions, disk: Disk, directory: string) {
    this.name = hostName(options);
    this.ip = hostAddress(options);
    this.disk = disk;
    this.#options = options;
    this.#cgroup = options.cgroup.child(this.name);
    this.#directory = directory;
  }

  /** Creates a host with an empty disk, switched off. */
  static async create(options: HostOptions): Promise<Host> {
    const directory = join(options.slot.directory, hostName(options));
    return new Host(options, await Disk.create(directory, hostName(options), hostAddress(options)), directory);
  }

  get isOn(): boolean {
    return this.#supervisor !== undefined;
  }

  /**
   * The PID of the host's PID 1 on this machine.
   * @throws when the host is off.
   */
  get leader(): number {
    if (this.#leader === undefined) throw new Error(`host ${this.name} is switched off`);
    return this.#leader;
  }

  /**
   * Boots the host with a new boot ID and an empty /run; the disk and the machine ID stay. Resolves when the host is
   * up.
   */
  async powerOn(): Promise<void> {
    if (this.isOn) throw new Error(`host ${this.name} is already on`);
    await this.#cgroup.remove();
    await this.#cgroup.create({ delegate: true });
    const supervisor = this.#startSupervisor();
    this.#supervisor = supervisor;
    supervisor.once("exit", () => {
      this.#supervisor = undefined;
      this.#leader = undefined;
      // A reboot removes the frozen cgroup and the host's end of the cable.
      this.#isFrozen = false;
      this.#isCut = false;
      this.#isSystemdFrozen = false;
    });
    try {
      this.#leader = await waitFor(`${this.name}'s PID 1`, () => this.#findLeader(), { intervalMs: 10 });
      const ready = `/proc/${this.#leader}/root${READY_FILE}`;
      await waitFor(`${this.name} to boot`, () => access(ready).then(() => true), {
        timeoutMs: 60_000,
        intervalMs: 10,
      });
    } catch (error) {
      const console = await readFile(join(this.#directory, "console.log"), "utf8").catch(() => "");
      throw new Error(`host ${this.name} did not come up; the end of its console: ${console.slice(-2000)}`, {
        cause: error,
      });
    }
  }

  /** Cuts the power: every process is killed at once, and the disk keeps its data. */
  async powerCut(): Promise<void> {
    await this.#whileOff(() => this.#payload.kill());
  }

  /** Shuts down cleanly: systemd stops all units, then the host is off. */
  async shutdown(timeoutMs = 60_000): Promise<void> {
    // systemd(1), "Signals": SIGRTMIN+4 starts poweroff.target. glibc's SIGRTMIN is 34.
    await this.#whileOff(() => void process.kill(this.leader, 34 + 4), timeoutMs);
  }

  /** Freezes all processes of the host, including systemd. The host's network interface stays up. */
  async freeze(): Promise<void> {
    this.#isFrozen = true;
    await this.#payload.freeze();
  }

  async thaw(): Promise<void> {
    await this.#payload.thaw();
    this.#isFrozen = false;
  }

  /** Stops only PID 1: units keep running, and systemd does not answer. */
  freezeSystemd(): void {
    process.kill(this.leader, "SIGSTOP");
    this.#isSystemdFrozen = true;
  }

  thawSystemd(): void {
    process.kill(this.leader, "SIGCONT");
    this.#isSystemdFrozen = false;
  }

  /** Drops packets silently, like a broken switch. Connections stay open until one side gives up. */
  async cutNetwork(direction: Direction = "both"): Promise<void> {
    // A queue of length zero drops every packet.
    const drop = (device: string): string[] => ["tc", "qdisc", "replace", "dev", device, "root", "pfifo", "limit", "0"];
    this.#isCut = true;
    if (direction !== "out") await run(drop(this.#cable));
    if (direction !== "in") await run(this.#inNetwork(drop("host0")));
  }

  /** Undoes `cutNetwork`. */
  async healNetwork(): Promise<void> {
    const pass = (device: string): string[] => ["tc", "qdisc", "del", "dev", device, "root"];
    // Deleting fails in a direction that was not cut.
    await run(pass(this.#cable), { check: false });
    await run(this.#inNetwork(pass("host0")), { check: false });
    this.#isCut = false;
  }

  /**
   * Powers the host on if it is off; otherwise undoes every fault of the host and its network.
   * @returns whether there was a fault.
   */
  async repair(): Promise<boolean> {
    const wasIntact = this.isOn && !this.#isFrozen && !this.#isSystemdFrozen && !this.#isCut;
    if (this.#isFrozen) await this.thaw();
    if (this.#isSystemdFrozen) this.thawSystemd();
    if (this.#isCut) await this.healNetwork();
    if (!this.isOn) await this.powerOn();
    return !wasIntact;
  }

  /**
   * Runs a command on the host as root until it ends.
   * @throws CommandError unless it exits with 0 or `check` is false.
   */
  async run(command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return run(this.#inside(command), options);
  }

  /** Starts a command on the host and streams its output. The command ends with the host at the latest. */
  spawn(command: readonly string[], options: CommandOptions = {}): RunningCommand {
    return new RunningCommand(this.#inside(command), options);
  }

  /** Returns a unit's messages in the host's journal, one per line, without time stamps. */
  async journal(unit: string): Promise<string> {
    return (await this.run(["journalctl", "--unit", unit, "--output", "cat", "--no-pager"])).stdout;
  }

  /** Writes a file on the running host, and creates its directories. */
  async writeFile(path: string, text: string): Promise<void> {
    // Write from inside the host: from outside, absolute symbolic links would lead into this machine.
    await this.run(["sh", "-c", 'mkdir -p "$(dirname "$0")" && cat > "$0"', path], { input: text });
  }

  async readFile(path: string): Promise<string> {
    return (await this.run(["cat", path])).stdout;
  }

  async bootId(): Promise<string> {
    return (await this.readFile("/proc/sys/kernel/random/boot_id")).trim();
  }

  async machineId(): Promise<string> {
    return (await readFile(join(this.disk.root, "etc/machine-id"), "utf8")).trim();
  }

  /** Returns properties of a unit from `systemctl show`. */
  async show(unit: string, ...properties: readonly string[]): Promise<Record<string, string>> {
    const [shown = {}] = await this.showAll([unit], ...properties);
    return shown;
  }

  /** Returns properties of each unit from one `systemctl show`. */
  async showAll(
    units: readonly string[],
    ...properties: readonly string[]
  ): Promise<readonly Record<string, string>[]> {
    if (units.length === 0) return [];
    const { stdout } = await this.run(["systemctl", "show", ...units, `--property=${properties.join(",")}`]);
    return stdout.split("\n\n").map((block) => {
      const lines = block.split("\n").filter((line) => line.includes("="));
      return Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
      );
    });
  }

  async isActive(unit: string): Promise<boolean> {
    return (await this.show(unit, "ActiveState"))["ActiveState"] === "active";
  }

  /** Sends a signal to a unit's main process only. SIGSTOP and SIGCONT freeze and thaw it, SIGKILL crashes it. */
  async signal(unit: string, signal: NodeJS.Signals): Promise<void> {
    await this.run(["systemctl", "kill", "--kill-whom=main", `--signal=${signal}`, unit]);
  }

  /** The cgroup of the host's processes; systemd-nspawn itself is outside it. */
  get #payload(): Cgroup {
    return this.#cgroup.child("payload");
  }

  /** The lab's end of the host's network cable. */
  get #cable(): string {
    return `vb-${this.#options.slot.machine(this.name)}`;
  }

  #startSupervisor(): ChildProcess {
    const { slot, shared } = this.#options;
    const [file = "", ...args] = this.#cgroup.joining([
      "systemd-nspawn",
      "--quiet",
      "--boot",
      `--directory=${this.disk.root}`,
      `--machine=${slot.machine(this.name)}`,
      `--hostname=${this.name}`,
      `--network-bridge=${slot.bridge}`,
      `--bind-ro=${shared}`,
      "--register=no",
      "--keep-unit",
      "--resolv-conf=off",
      "--timezone=off",
      "--link-journal=no",
    ]);
    const console = openSync(join(this.#directory, "console.log"), "w");
    try {
      // The unified hierarchy gives the host its own control groups, whichever hierarchy this machine uses.
      const env = { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1" };
      return spawn(file, args, { cwd: "/", env, detached: true, stdio: ["ignore", console, console] });
    } finally {
      closeSync(console);
    }
  }

  async #findLeader(): Promise<number | undefined> {
    if (!this.isOn) throw new Error("systemd-nspawn has ended");
    const initScope = this.#payload.child("init.scope");
    if (!initScope.exists) return undefined;
    for (const pid of await initScope.processes()) {
      const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
      // proc(5), NSpid: the process's ID in each PID namespace; the innermost is last.
      if (/^NSpid:.*\t1$/m.test(status)) return pid;
    }
    return undefined;
  }

  #inside(command: readonly string[]): string[] {
    const namespaces = ["--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup", "--root", "--wd"];
    const enter = ["nsenter", "--target", String(this.leader), ...namespaces, "--", ...command];
    // In the host's cgroup, the command is frozen and killed with the host.
    return this.#payload.child("init.scope").joining(enter);
  }

  #inNetwork(command: readonly string[]): string[] {
    return ["nsenter", "--target", String(this.leader), "--net", "--", ...command];
  }

  async #whileOff(end: () => Promise<void> | void, timeoutMs = 10_000): Promise<void> {
    const supervisor = this.#supervisor;
    if (supervisor === undefined) throw new Error(`host ${this.name} is already off`);
    const off = once(supervisor, "exit", { signal: AbortSignal.timeout(timeoutMs) });
    await end();
    await off;
  }
}

function hostName({ index }: HostOptions): string {
  return `h${index}`;
}

/** The bridge has the first address. Hosts begin at 11, so that a host's number can be read from its address. */
function hostAddress({ slot, index }: HostOptions): string {
  return slot.address(10 + index);
}
