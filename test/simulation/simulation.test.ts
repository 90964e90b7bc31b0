import assert from "node:assert/strict";
import { test } from "node:test";
import { runCampaign } from "./campaign.ts";
import { simulatedApi } from "./clients/api.ts";
import known from "./known-seeds.json" with { type: "json" };
import { report } from "./report.ts";
import { runSeed } from "./run-seed.ts";
import { seedOfSources } from "./seed-of-sources.ts";
import { shrink } from "./shrink.ts";

/** The number of seeds that follow from a hash of the sources. */
const FRESH_SEEDS = Number(process.env.SIMULATION_SEEDS ?? 1_500);
const FIRST_SEED = Number(process.env.SIMULATION_FROM ?? seedOfSources());
/** The limit in milliseconds; an idle machine needs a minute. */
const LIMIT = { timeout: 600_000 };

test("a seed always gives the same history", async () => {
  const api = await simulatedApi();
  for (let seed = FIRST_SEED; seed < FIRST_SEED + 5; seed += 1) {
    const [first, second] = [await runSeed(seed, { api }), await runSeed(seed, { api })];
    assert.deepEqual(first.history, second.history, `seed ${seed} had two histories`);
  }
});

test("every seed that once failed holds", LIMIT, async () => {
  await holds(known.onlyServers, true);
  await holds(known.withAgents);
});

test(`${FRESH_SEEDS} fresh seeds from ${FIRST_SEED} hold`, LIMIT, async (t) => {
  t.diagnostic(await holds(Array.from({ length: FRESH_SEEDS }, (_, index) => FIRST_SEED + index)));
});

async function holds(seeds: readonly number[], onlyServers = false): Promise<string> {
  const { failed, held, steps, seconds } = await runCampaign(seeds, { onlyServers });
  if (failed) {
    const least = await shrink(failed, { api: await simulatedApi(), onlyServers });
    assert.fail(report(least, onlyServers));
  }
  return `${held} seeds, ${steps} steps in ${seconds.toFixed(1)} s`;
}
