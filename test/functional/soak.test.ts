import assert from "node:assert/strict";
import { test } from "node:test";
import { summarise } from "../bench/figure.ts";
import { soak } from "../bench/soak.ts";

/** Long enough for two rounds. The long run is `npm run bench -- --only soak --minutes 30`. */
const MINUTES = 0.05;

test("units and machines that come and go leave no keys in etcd and no open files in daemons", async (t) => {
  const figures = await soak.measure({
    rounds: 1,
    machines: [],
    servers: 1,
    minutes: MINUTES,
    progress: (line) => t.diagnostic(line),
  });
  // After so short a time, memory is not meaningful.
  const limits = summarise(figures)
    .filter(({ unit }) => unit === "keys" || unit === "files")
    .flatMap(({ limits }) => limits);
  assert.deepEqual(
    limits.map(({ met }) => met),
    [true, true],
  );
});
