import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Outcome } from "./run-seed.ts";

/** What a worker is asked and what it answers. */
export interface Assignment {
  readonly seeds: readonly number[];
}

export type Progress =
  | { readonly type: "held"; readonly steps: number; readonly simulatedMs: number }
  | { readonly type: "failed"; readonly outcome: Outcome };

export interface CampaignResult {
  readonly held: number;
  readonly steps: number;
  readonly simulatedMs: number;
  readonly seconds: number;
  /** The first seed that failed, if one did, with its history as it was; nothing more is run then. */
  readonly failed: Outcome | undefined;
}

/** Runs seeds on all processors until one fails. */
export async function runCampaign(seeds: readonly number[]): Promise<CampaignResult> {
  const began = performance.now();
  const count = Math.min(availableParallelism(), seeds.length);
  const totals = { held: 0, steps: 0, simulatedMs: 0 };
  const state: { failed: Outcome | undefined } = { failed: undefined };
  const workers = Array.from({ length: count }, (_, index) => {
    const assignment: Assignment = { seeds: seeds.filter((_, position) => position % count === index) };
    return new Worker(new URL("./campaign-worker.ts", import.meta.url), { workerData: assignment });
  });
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
  await Promise.all(workers.map((worker) => ended(worker, take)));
  return { ...totals, ...state, seconds: (performance.now() - began) / 1_000 };
}

function ended(worker: Worker, take: (progress: Progress) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on("message", take);
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });
}
