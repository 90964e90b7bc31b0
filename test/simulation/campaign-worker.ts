import { parentPort, workerData } from "node:worker_threads";
import type { Assignment, Progress } from "./campaign.ts";
import { simulatedApi } from "./clients/api.ts";
import { runSeed } from "./run-seed.ts";

// Faults raise thousands of errors, and collecting their stacks takes a twentieth of the time. `--seed` shows full
// stacks.
Error.stackTraceLimit = 1;

const { seeds, onlyServers } = workerData as Assignment;
const api = await simulatedApi();

for (const seed of seeds) {
  const outcome = await runSeed(seed, { api, onlyServers });
  const { steps, simulatedMs } = outcome;
  tell(outcome.violation ? { type: "failed", outcome } : { type: "held", steps: steps.length, simulatedMs });
  if (outcome.violation) break;
}

function tell(progress: Progress): void {
  parentPort?.postMessage(progress, []);
}
