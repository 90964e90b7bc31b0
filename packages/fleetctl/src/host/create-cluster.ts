import type { Context } from "../context.ts";
import { FLEET_CONF, withOptions } from "./fleet-conf.ts";
import { HostChanges } from "./host-changes.ts";
import { machineIDOf } from "./machine-facts.ts";
import { requireFreshHost } from "./require-fresh-host.ts";
import { type ListedMachine, startDaemon } from "./start-daemon.ts";

const CONF_MODE = 0o640;

/**
 * Makes this host the first server of a new cluster. A failure leaves the host as it was.
 * @param etcd the endpoints of etcd; none for the embedded store.
 * @throws CommandError with the reason and the fix.
 */
export async function createCluster(context: Context, etcd: readonly string[]): Promise<ListedMachine> {
  const { host } = context.environment;
  const text = await requireFreshHost(host);
  const machineID = await machineIDOf(host);
  const changes = new HostChanges(host);
  const set: Record<string, string> = etcd.length > 0 ? { etcd_servers: JSON.stringify(etcd) } : { store: "embedded" };
  try {
    await changes.write(FLEET_CONF, withOptions(text, set, []), CONF_MODE);
    return await startDaemon(context, changes, machineID);
  } catch (error) {
    await changes.undo();
    throw error;
  }
}
