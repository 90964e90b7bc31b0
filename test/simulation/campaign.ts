import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { bundleWorker, type ChangedFile } from "./bundle.ts";
import type { Outcome } from "./run-seed.ts";

/** The seeds for one worker. */
export interface Assignment {
  readonly seeds: readonly number[];
  readonly onlyServers: boolean;
}

export interface CampaignOptions {
  /** Whether no machine is an agent, whatever the seeds say. */
  readonly onlyServers?: boolean;
  /** A file of the product to replace for these seeds. */
  readonly changed?: ChangedFile;
}

export type Progress =
  | { readonly type: "held"; readonly steps: number; readonly simulatedMs: number }
  | { readonly type: "failed"; readonly outcome: Outcome };

export interface CampaignResult {
  readonly held: number;
  readonly steps: number;
  readonly simulatedMs: number;
  readonly seconds: number;
  /** The lowest failed seed, with its full history. The campaign ends at the first failure. */
  readonly failed: Outcome | undefined;
}

/** Most objects of a history die within a few simulated seconds. A large young generation avoids copying them. */
const YOUNG_GENERATION_MB = 192;

/** Runs seeds on all processors until one fails. */
export async function runCampaign(
  seeds: readonly number[],
  { changed, onlyServers = false }: CampaignOptions = {},
): Promise<CampaignResult> {
  const began = performance.now();
  const { directory, worker } = await bundleWorker(changed);
  try {
    const result = await runWith(worker, seeds, onlyServers);
    return { ...result, seconds: (performance.now() - began) / 1_000 };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function runWith(
  workerFile: string,
  seeds: readonly number[],
  onlyServers: boolean,
): Promise<Omit<CampaignResult, "seconds">> {
  const count = Math.min(availableParallelism(), seeds.length);
  const totals = { held: 0, steps: 0, simulatedMs: 0 };
  const state: { failed: Outcome | undefined } = { failed: undefined };
  const workers = new Set<Worker>();
  const take = (progress: Progress): void => {
    if (progress.type === "failed") {
      if (!state.failed || progress.outcome.seed < state.failed.seed) state.failed = progress.outcome;
      for (const worker of workers) void worker.terminate();
      return;
    }
    totals.held += 1;
    totals.steps += progress.steps;
    totals.simulatedMs += progress.simulatedMs;
  };
  const runAll = async (mine: readonly number[]): Promise<void> => {
    const assignment: Assignment = { seeds: mine, onlyServers };
    const worker = new Worker(workerFile, {
      workerData: assignment,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    workers.add(worker);
    await ended(worker, take);
  };
  const lanes = Array.from({ length: count }, (_, lane) => seeds.filter((_, position) => position % count === lane));
  await Promise.all(lanes.map(runAll));
  return { ...totals, ...state };
}

function ended(worker: Worker, take: (progress: Progress) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on("message", take);
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });
}
