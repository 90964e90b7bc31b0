import assert from "node:assert/strict";
import { it } from "node:test";
import { SharedRun } from "./shared-run.ts";

it("serves all callers during a run by one next run, also after a failure", async () => {
  const runs: PromiseWithResolvers<void>[] = [];
  const shared = new SharedRun(() => {
    const run = Promise.withResolvers<void>();
    runs.push(run);
    return run.promise;
  });
  const first = shared.run();
  const later = [shared.run(), shared.run()];
  assert.equal(runs.length, 1);
  runs[0]?.reject(new Error("no"));
  await assert.rejects(first, /no/);
  await Promise.resolve();
  assert.equal(runs.length, 2);
  runs[1]?.resolve();
  await Promise.all(later);
  const last = shared.run();
  assert.equal(runs.length, 3);
  runs[2]?.resolve();
  await last;
});
