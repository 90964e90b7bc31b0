import type { Cluster, Host } from "../lab/index.ts";
import { type BenchCluster, destroyAll, startAtOnce } from "./cluster-starts.ts";

/** Cuts the power of a host and says how long its units were away; milliseconds. The host is switched on again. */
export async function powerCut(bench: BenchCluster, cluster: Cluster, victim: Host, units: number): Promise<number> {
  const { names } = await startAtOnce(bench, "cut", units);
  const machineID = await victim.machineId();
  const { items } = await bench.client.listStates({ machineID });
  const lost = items.map(({ name }) => name).filter((name) => names.includes(name));
  const begun = performance.now();
  await victim.powerCut();
  await bench.watcher.untilActive(lost, { elsewhere: machineID });
  const took = performance.now() - begun;
  await victim.powerOn();
  await cluster.waitForMachines(cluster.hosts.length, cluster.host(1));
  await destroyAll(bench, names);
  return took;
}
