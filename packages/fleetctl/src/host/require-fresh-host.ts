import { CommandError } from "../command-error.ts";
import { FLEET_CONF, optionIn } from "./fleet-conf.ts";
import type { LocalHost } from "./local-host.ts";

/** The identity of an agent. */
export const IDENTITY = "/var/lib/fleet/identity";

/** The options that name a cluster. */
const CLUSTER_OPTIONS = ["servers", "etcd_servers", "store"];

/** The database of an embedded store. */
const DATABASE = "/var/lib/fleet/store.db";

/**
 * Checks that this host has fleetd and is in no cluster. Returns the text of its fleet.conf.
 * @throws CommandError with the reason and the fix.
 */
export async function requireFreshHost(host: LocalHost): Promise<string> {
  if (!host.isRoot) throw new CommandError("cannot set up this host: run the command as root");
  const unit = await host.run(["systemctl", "cat", "fleet.service"]);
  if (unit.code !== 0)
    throw new CommandError("cannot set up this host: fleet.service is not installed; see docs/install.md");
  const text = (await host.read(FLEET_CONF)) ?? "";
  const option = CLUSTER_OPTIONS.find((name) => optionIn(text, name) !== undefined);
  if (option !== undefined)
    throw inACluster(
      `${FLEET_CONF} has ${option}=${optionIn(text, option) ?? ""}; remove the line if that cluster is gone`,
    );
  if ((await host.run(["systemctl", "is-active", "--quiet", "fleet.service"])).code === 0)
    throw inACluster("fleet.service runs; stop it with systemctl disable --now fleet.service fleet.socket");
  if ((await host.read(IDENTITY)) !== undefined)
    throw inACluster(`${IDENTITY} has the key of an earlier membership; remove the file if that cluster is gone`);
  if ((await host.run(["test", "-e", DATABASE])).code === 0)
    throw inACluster(`${DATABASE} is the database of an earlier cluster; move it away if that cluster is gone`);
  return text;
}

function inACluster(why: string): CommandError {
  return new CommandError(`cannot set up this host: it is in a cluster already: ${why}`);
}
