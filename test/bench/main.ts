import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { Cluster } from "../lab/index.ts";
import { bareStartAtOnce, bareStarts } from "./bare-systemd.ts";
import { type BenchCluster, destroyAll, startAtOnce, startsOneByOne } from "./cluster-starts.ts";
import { clientOf, ClusterWatcher } from "./cluster-watcher.ts";
import { fleetctlFigures } from "./fleetctl.ts";
import { asTable, type Figure, summarise } from "./figure.ts";
import { powerCut } from "./power-cut.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" }, json: { type: "string" } } });

/** Measures Flotilla on three hosts beside what bare systemd does on the same hosts in the same run. */
async function main(rounds: number): Promise<Figure[]> {
  await using cluster = await Cluster.boot({ hosts: 3, config: () => ({ agent_ttl: "5s" }) });
  const client = clientOf(cluster.host(1));
  const watcher = await ClusterWatcher.open(client);
  const bench: BenchCluster = { client, watcher };
  const samples = { bareOne: [], one: [], gone: [], bareBulk: [], bulk: [], cut: [] } as Record<string, number[]>;
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}`);
    samples["bareOne"]?.push(...(await bareStarts(cluster.host(2), 20)));
    const { start, destroy } = await startsOneByOne(bench, 20);
    samples["one"]?.push(...start);
    samples["gone"]?.push(...destroy);
    samples["bareBulk"]?.push(await bareStartAtOnce(cluster.hosts, 100));
    const { names, took } = await startAtOnce(bench, "bulk", 100);
    samples["bulk"]?.push(took);
    await destroyAll(bench, names);
    samples["cut"]?.push(await powerCut(bench, cluster, cluster.host(3), 30));
  }
  const program = await fleetctlFigures(client, cluster.host(1), { units: 1000, runs: 10 * rounds });
  watcher.close();
  client.close();
  return [...figures(samples), ...program];
}

function figures(samples: Record<string, number[]>): Figure[] {
  const of = (name: string): number[] => samples[name] ?? [];
  return [
    { name: "systemctl start, one unit", samples: of("bareOne") },
    { name: "start to active, one unit", samples: of("one"), target: 100, peer: "systemctl start, one unit" },
    { name: "destroy to gone, one unit", samples: of("gone"), peer: "systemctl start, one unit" },
    { name: "systemctl start, 100 units on 3 hosts", samples: of("bareBulk") },
    {
      name: "start to active, 100 units on 3 hosts",
      samples: of("bulk"),
      target: 3000,
      peer: "systemctl start, 100 units on 3 hosts",
    },
    { name: "power cut to active elsewhere, agent_ttl=5s", samples: of("cut"), target: 10_000 },
  ];
}

function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${line}\n`);
}

const summaries = summarise(await main(Number(values.rounds)));
console.log(asTable(summaries));
if (values.json) await writeFile(values.json, `${JSON.stringify(summaries, null, 2)}\n`);
