import { parseArgs } from "node:util";
import { Random } from "../simulation/random.ts";
import { report } from "./fuzzer.ts";
import { fuzzers } from "./fuzzers.ts";

const USAGE = `npm run fuzz -- FUZZER [options]
${fuzzers.map(({ name, summary }) => `  ${name.padEnd(15)}  ${summary}`).join("\n")}

  --seed N         the seed of all inputs (default: from the time)
  --length N       the number of inputs (default: set by the fuzzer)
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
    length: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const fuzzer = fuzzers.find(({ name }) => name === positionals[0]);
if (values.help) process.stdout.write(USAGE);
else if (!fuzzer || positionals.length !== 1) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  const seed = Number(values.seed);
  const length = Number(values.length ?? fuzzer.length);
  const begun = performance.now();
  const findings = await fuzzer.run(new Random(seed), length);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  process.stdout.write(`${fuzzer.name}: ${length} inputs from seed ${seed} in ${seconds} s\n`);
  if (findings.length > 0) {
    process.stdout.write(`${report(fuzzer.name, seed, length, findings)}\n`);
    process.exitCode = 1;
  }
}
