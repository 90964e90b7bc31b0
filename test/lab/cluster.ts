import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { createJoinToken, listedMachines, statedUnits } from "./ask-daemon.ts";
import type { CommandOptions, CommandResult } from "./command.ts";
import { UNITS } from "./disk.ts";
import { Etcd, type EtcdOptions } from "./etcd.ts";
import type { Host } from "./host.ts";
import { Lab, REPOSITORY } from "./lab.ts";
import { waitFor, type WaitOptions } from "./wait-for.ts";

/** Options of fleet.conf by name. Text is quoted; an array becomes a list. */
export type FleetConfig = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface ClusterOptions {
  /** The number of hosts. */
  readonly hosts: number;
  /** A host's options in fleet.conf, in addition to etcd_servers and public_ip. */
  readonly config?: (host: Host) => FleetConfig;
  /** Writes further files to a new host's disk before its first boot. */
  readonly install?: (host: Host) => Promise<void>;
  /** The etcd that the hosts share. Default: one member. */
  readonly etcd?: EtcdOptions;
  /** Whether fleetd starts when a host boots. Default: true. */
  readonly autostart?: boolean;
}

/** A unit's state on a machine, as `fleetctl list-units` shows it. */
export interface ListedUnit {
  readonly unit: string;
  /** Undefined when the unit has no machine, or its machine is not a host of the lab. */
  readonly host: Host | undefined;
  readonly active: string;
  readonly sub: string;
}

/** A cluster of lab hosts, each with a fleetd, and the etcd that they share. */
export class Cluster {
  readonly lab: Lab;
  readonly etcd: Etcd;

  private constructor(lab: Lab, etcd: Etcd) {
    this.lab = lab;
    this.etcd = etcd;
  }

  /** Boots a cluster. Resolves when all hosts are up and, unless `autostart` is false, listed as machines. */
  static async boot(options: ClusterOptions): Promise<Cluster> {
    const lab = await Lab.open();
    try {
      const etcd = await Etcd.start(lab, options.etcd);
      const cluster = new Cluster(lab, etcd);
      await cluster.addHosts(options);
      return cluster;
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  get hosts(): readonly Host[] {
    return this.lab.hosts;
  }

  host(index: number): Host {
    return this.lab.host(index);
  }

  /** Boots further hosts into the cluster. */
  async addHosts({ hosts, config, install, autostart = true }: ClusterOptions): Promise<void> {
    const added = await this.lab.addHosts({
      hosts,
      install: async (host) => {
        await installFlotilla(host, autostart);
        await host.disk.write("/etc/fleet/fleet.conf", this.#fleetConf(host, config?.(host) ?? {}));
        await install?.(host);
      },
    });
    if (!autostart) return;
    const count = this.hosts.length;
    const first = added[0];
    if (first !== undefined) await this.waitForMachines(count, first);
  }

  /** Boots further hosts and joins them to the cluster as agents of the first host. */
  async addAgents({ hosts, config, install }: Pick<ClusterOptions, "hosts" | "config" | "install">): Promise<void> {
    const server = this.host(1);
    const before = this.hosts.length;
    await this.addHosts({ hosts, config: () => ({}), autostart: false, ...(install && { install }) });
    const token = await createJoinToken(server, hosts);
    const join = async (host: Host): Promise<void> => {
      await host.disk.write("/etc/fleet/fleet.conf", linesOf({ public_ip: host.ip, ...config?.(host) }));
      await host.run(["fleetctl", "join", server.ip, "--token", token]);
    };
    await Promise.all(this.hosts.slice(before).map(join));
    await this.waitForMachines(this.hosts.length, server);
  }

  /** Runs fleetctl on a host, against that host's fleetd. */
  async fleetctl(host: Host, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return host.run(["fleetctl", ...args], options);
  }

  /** Waits until `host` lists exactly `count` machines. */
  async waitForMachines(count: number, host = this.#anyHost(), options: WaitOptions = {}): Promise<void> {
    const areListed = async (): Promise<boolean> => {
      const { length } = await listedMachines(host);
      if (length !== count) throw new Error(`${host.name} lists ${length} machines`);
      return true;
    };
    await waitFor(`${count} machines`, areListed, { timeoutMs: 20_000, ...options });
  }

  /**
   * Waits after an outage of the store until every daemon serves and lists every machine. Another daemon's list is no
   * proof for a host: its record can still be listed while its own daemon knows that it has lost the lease.
   */
  async waitForRecovery(): Promise<void> {
    for (const host of this.hosts) await this.waitForMachines(this.hosts.length, host, { timeoutMs: 30_000 });
  }

  /**
   * Returns the states of all units as a host's daemon lists them: a global unit has one row for each machine. It asks
   * the daemon's API, because a start of fleetctl takes a tenth of a second of processor time.
   */
  async listUnits(host = this.#anyHost()): Promise<ListedUnit[]> {
    const [units, machines, ids] = await Promise.all([
      statedUnits(host),
      listedMachines(host),
      Promise.all(this.hosts.map((each) => each.machineId())),
    ]);
    return units.map(({ name, machineID, systemdActiveState: active, systemdSubState: sub }) => ({
      unit: name,
      host: machines.includes(machineID) ? this.hosts[ids.indexOf(machineID)] : undefined,
      active,
      sub,
    }));
  }

  /**
   * Waits until `find`, called with the rows of `listUnits`, returns something other than undefined or false.
   * @param asked the host whose daemon answers. Default: the first host that is on.
   */
  async waitForUnits<T>(
    description: string,
    find: (rows: readonly ListedUnit[]) => T,
    { asked, ...options }: WaitOptions & { asked?: Host } = {},
  ): Promise<NonNullable<Exclude<T, false>>> {
    return waitFor(description, async () => find(await this.listUnits(asked)), options);
  }

  /**
   * Waits until the cluster reports a unit as active, and resolves to the unit's host.
   * @param elsewhere a host that does not count.
   * @param asked the host whose daemon answers. Default: the first host that is on and is not `elsewhere`.
   */
  async waitForActive(
    unit: string,
    {
      elsewhere,
      asked = this.hosts.find((host) => host.isOn && host !== elsewhere) ?? this.#anyHost(),
      ...options
    }: WaitOptions & { elsewhere?: Host; asked?: Host } = {},
  ): Promise<Host> {
    const find = (rows: readonly ListedUnit[]): Host | undefined =>
      rows.find((row) => row.unit === unit && row.active === "active" && row.host !== elsewhere)?.host;
    return this.waitForUnits(`${unit} to be active`, find, { timeoutMs: 20_000, ...options, asked });
  }

  /** Waits until the cluster no longer lists a unit. */
  async waitForGone(unit: string, options: WaitOptions = {}): Promise<void> {
    await this.waitForUnits(`${unit} to be gone`, (rows) => !rows.some((row) => row.unit === unit), options);
  }

  /** Undoes every fault of etcd and the hosts, so that a failed test does not affect the next one. */
  async repair(): Promise<void> {
    await this.etcd.repair();
    const repaired = await Promise.all(this.hosts.map((host) => host.repair()));
    if (repaired.includes(true)) await this.waitForMachines(this.hosts.length, this.host(1), { timeoutMs: 30_000 });
  }

  async down(): Promise<void> {
    await this.lab.down();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }

  #anyHost(): Host {
    const host = this.hosts.find(({ isOn }) => isOn);
    if (host === undefined) throw new Error("every host of the cluster is off");
    return host;
  }

  #fleetConf(host: Host, config: FleetConfig): string {
    return linesOf({ etcd_servers: this.etcd.endpoints, public_ip: host.ip, ...config });
  }
}

function linesOf(options: FleetConfig): string {
  const lines = Object.entries(options).map(([name, value]) => `${name}=${JSON.stringify(value)}\n`);
  return lines.join("");
}

/** Installs from this checkout what a package would install: both programs and the daemon's units. */
async function installFlotilla({ disk }: Host, autostart: boolean): Promise<void> {
  for (const program of ["fleetd", "fleetctl"]) {
    await disk.link(`/usr/bin/${program}`, join(REPOSITORY, "packages", program, "bin", program));
  }
  for (const unit of ["fleet.service", "fleet.socket", "fleet-leave.service", "fleet-guard.service"]) {
    await copyFile(join(REPOSITORY, "units", unit), join(disk.root, UNITS, unit));
    const isStarted = autostart && unit !== "fleet-leave.service" && unit !== "fleet-guard.service";
    if (isStarted) await disk.link(`${UNITS}/lab.target.wants/${unit}`, `../${unit}`);
  }
}
