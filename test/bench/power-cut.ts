import type { Cluster, Host } from "../lab/index.ts";
import type { BenchCluster } from "./cluster-starts.ts";

/** Cuts the power of a host and returns the milliseconds until its units are active again. Then powers the host on. */
export async function powerCut(
  { client, watcher }: BenchCluster,
  cluster: Cluster,
  victim: Host,
): Promise<{ readonly units: number; readonly took: number }> {
  const machineID = await victim.machineId();
  const { items } = await client.listStates({ machineID });
  const lost = items.filter(({ active }) => active === "active").map(({ name }) => name);
  const begun = performance.now();
  await victim.powerCut();
  await watcher.untilActive(lost, { elsewhere: machineID });
  const took = performance.now() - begun;
  await victim.powerOn();
  await cluster.waitForMachines(cluster.hosts.length, cluster.host(1));
  return { units: lost.length, took };
}
