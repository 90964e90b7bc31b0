import { resolve } from "node:path";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { CommandError } from "../command-error.ts";
import { FLEET_CONF, optionIn } from "./fleet-conf.ts";
import type { LocalHost } from "./local-host.ts";

/** The identity of an agent. */
export const IDENTITY = "/var/lib/fleet/identity";

/** The options that name a store. */
const STORE_OPTIONS = ["etcd_servers", "store"];

const DATABASE = "/var/lib/fleet/store.db";

const SECRETS_KEY = "/var/lib/fleet/secrets.key";

/**
 * Returns the path of the key of the cluster's secrets.
 * @param text the host's fleet.conf.
 */
export function secretsKeyPath(text: string): string {
  return optionIn(text, "secrets_keyfile") || SECRETS_KEY;
}

/**
 * Returns the path of the database of an embedded store.
 * @param text the host's fleet.conf.
 */
export function databasePath(text: string): string {
  return resolve("/", optionIn(text, "store_path") || DATABASE);
}

/**
 * Checks that this host can be set up by this user. Returns the text of its fleet.conf.
 * @throws CommandError with the reason and the fix.
 */
export async function requireFleetd(host: LocalHost): Promise<string> {
  if (!host.isRoot) throw new CommandError("cannot set up this host: run the command as root");
  const unit = await host.run(["systemctl", "cat", "fleet.service"]);
  if (unit.code !== 0)
    throw new CommandError("cannot set up this host: fleet.service is not installed; see docs/install.md");
  return (await host.read(FLEET_CONF)) ?? "";
}

/** Whether this host's daemon runs. */
export async function isActive(host: LocalHost): Promise<boolean> {
  return (await host.run(["systemctl", "is-active", "--quiet", "fleet.service"])).code === 0;
}

/**
 * Checks that no file or daemon of this host belongs to a cluster.
 * @param text the host's fleet.conf.
 * @throws CommandError with the reason and the fix.
 */
export async function requireNoCluster(host: LocalHost, text: string): Promise<void> {
  const option = [...STORE_OPTIONS, "servers"].find((name) => optionIn(text, name) !== undefined);
  const isRunning = await isActive(host);
  if (option !== undefined) {
    const advice = isRunning
      ? ", and its daemon runs; for a token that adds a machine, run fleetctl token create --join"
      : "; remove the line if that cluster is gone";
    throw inACluster(`${FLEET_CONF} has ${option}=${optionIn(text, option) ?? ""}${advice}`);
  }
  if (isRunning)
    throw inACluster("fleet.service runs; stop it with systemctl disable --now fleet.service fleet.socket");
  if ((await host.read(IDENTITY)) !== undefined)
    throw inACluster(`${IDENTITY} has the key of an earlier membership; remove the file if that cluster is gone`);
  const database = databasePath(text);
  if ((await host.run(["test", "-e", database])).code === 0)
    throw inACluster(`${database} is the database of an earlier cluster; move it away if that cluster is gone`);
}

/**
 * Checks that this machine is no member of its cluster: it was removed, or its cluster is gone.
 * @param client a client of this host's daemon.
 * @throws CommandError if the daemon lists this machine.
 */
export async function requireRemoved(client: ClusterClient, machineID: string, signal: AbortSignal): Promise<void> {
  const listed = await client.listMachines(signal).catch(() => ({ items: [] }));
  signal.throwIfAborted();
  if (listed.items.some(({ id }) => id === machineID))
    throw inACluster(`it is a member now; to move it, run fleetctl machine remove ${machineID} in that cluster first`);
}

function inACluster(why: string): CommandError {
  return new CommandError(`cannot set up this host: it is in a cluster already: ${why}`);
}
