import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../simulation/random.ts";
import { seedOfSources } from "../simulation/seed-of-sources.ts";
import { report } from "./fuzzer.ts";
import { fuzzers } from "./fuzzers.ts";

/** Each version of the code gets new inputs. */
const SEED = Number(process.env.FUZZ_SEED ?? seedOfSources());

for (const fuzzer of fuzzers)
  test(`${fuzzer.name}: ${fuzzer.length} inputs from seed ${SEED}`, { timeout: 120_000 }, async () => {
    const findings = await fuzzer.run(new Random(SEED), fuzzer.length);
    assert.equal(findings.length, 0, report(fuzzer.name, SEED, fuzzer.length, findings));
  });
