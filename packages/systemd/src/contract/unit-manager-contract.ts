import { after, before, describe } from "node:test";
import { Bench } from "./bench.ts";
import { disturbances } from "./disturbance-contract.ts";
import { unitReferences } from "./reference-contract.ts";
import { automaticRestarts } from "./restart-contract.ts";
import { unitFiles } from "./file-contract.ts";
import type { UnitManagerHarness } from "./harness.ts";
import { unitJobs } from "./job-contract.ts";
import { unitRemoval } from "./removal-contract.ts";
import { unitRuns } from "./run-contract.ts";

/** The tests that every implementation of the unit-manager port must pass; called from the implementation's test. */
export function unitManagerContract(implementation: string, open: () => Promise<UnitManagerHarness>): void {
  describe(`the unit-manager contract: ${implementation}`, () => {
    const bench = new Bench();
    before(() => bench.open(open));
    after(() => bench.harness.close());
    unitFiles(bench);
    unitRemoval(bench);
    unitJobs(bench);
    unitRuns(bench);
    unitReferences(bench);
    automaticRestarts(bench);
    disturbances(bench);
  });
}
