import { parseArgs } from "node:util";
import { runCampaign } from "./campaign.ts";
import { simulatedApi } from "./clients/api.ts";
import { runMutations } from "./mutations/run-mutations.ts";
import { report } from "./report.ts";
import { runSeed } from "./run-seed.ts";
import { shrink } from "./shrink.ts";

const USAGE = `npm run simulate -- [options]
  --seed N         runs one seed and prints its history
  --only 1,2,3     runs only these steps of the seed
  --only-servers   makes no machine an agent
  --seeds N        runs N seeds (default 1000)
  --from N         the first seed (default: follows from the time)
  --mutations      breaks the code in one place at a time and prints the seed that notices
  --named TEXT     runs only the mutations whose names contain TEXT
  --whole          does not shrink a failing history
`;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    only: { type: "string" },
    "only-servers": { type: "boolean", default: false },
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: String(Date.now() % 2 ** 32) },
    mutations: { type: "boolean", default: false },
    named: { type: "string", default: "" },
    whole: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const onlyServers = values["only-servers"];

if (values.help) process.stdout.write(USAGE);
else if (values.mutations) process.exitCode = await mutations(Number(values.seeds));
else if (values.seed !== undefined) process.exitCode = await one(Number(values.seed), numbers(values.only));
else process.exitCode = await many(Number(values.from), Number(values.seeds));

async function one(seed: number, only: readonly number[] | undefined): Promise<number> {
  const outcome = await runSeed(seed, { api: await simulatedApi(), onlyServers, ...(only && { only }) });
  process.stdout.write(`${outcome.history.join("\n")}\n`);
  return outcome.violation ? 1 : 0;
}

async function many(from: number, count: number): Promise<number> {
  const seeds = Array.from({ length: count }, (_, index) => from + index);
  const { failed, held, steps, seconds, simulatedMs } = await runCampaign(seeds, { onlyServers });
  const perSecond = `${Math.round(steps / seconds)} steps a second`;
  const hours = `${(simulatedMs / 3_600_000).toFixed(1)} hours of simulated time`;
  process.stdout.write(`${held} seeds from ${from} hold, in ${seconds.toFixed(1)} s: ${perSecond}, ${hours}\n`);
  if (!failed) return 0;
  process.stdout.write(`seed ${failed.seed} fails\n`);
  const least = values.whole ? failed : await shrink(failed, { api: await simulatedApi(), onlyServers });
  process.stdout.write(report(least, onlyServers));
  return 1;
}

async function mutations(seeds: number): Promise<number> {
  const missed = await runMutations(seeds, values.named, (line) => process.stdout.write(`${line}\n`));
  return missed.length === 0 ? 0 : 1;
}

function numbers(text: string | undefined): number[] | undefined {
  return text?.split(",").map(Number);
}
