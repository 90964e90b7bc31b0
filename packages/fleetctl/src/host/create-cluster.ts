import type { ClusterClient } from "../cluster/cluster-client.ts";
import type { Context } from "../context.ts";
import { FLEET_CONF, optionIn, withOptions } from "./fleet-conf.ts";
import { HostChanges } from "./host-changes.ts";
import { machineIDOf } from "./machine-facts.ts";
import { databasePath, requireFleetd, requireNoCluster } from "./require-host.ts";
import { type ListedMachine, startDaemon } from "./start-daemon.ts";

const CONF_MODE = 0o640;

export interface FirstServer extends ListedMachine {
  /** The port for hosts that join, if fleet.conf sets one. */
  readonly peerPort: string | undefined;
}

/**
 * Makes this host the first server of a new cluster. A failure leaves the host as it was.
 * @param client a client of this host's daemon.
 * @param etcd the endpoints of etcd; none for the embedded store.
 * @throws CommandError with the reason and the fix.
 */
export async function createCluster(
  context: Context,
  client: ClusterClient,
  etcd: readonly string[],
): Promise<FirstServer> {
  const { host } = context.environment;
  const text = await requireFleetd(host);
  await requireNoCluster(host, text);
  const machineID = await machineIDOf(host);
  const changes = new HostChanges(host);
  const set: Record<string, string> = etcd.length > 0 ? { etcd_servers: JSON.stringify(etcd) } : { store: "embedded" };
  try {
    await changes.write(FLEET_CONF, withOptions(text, set, []), CONF_MODE);
    // The database that the daemon has made by then.
    for (const suffix of ["", "-wal", "-shm"]) changes.onUndo(() => host.remove(`${databasePath(text)}${suffix}`));
    const { id, primaryIP } = await startDaemon(context, client, changes, machineID);
    return { id, primaryIP, peerPort: optionIn(text, "peer_port") };
  } catch (error) {
    await changes.undo(context);
    throw error;
  }
}
