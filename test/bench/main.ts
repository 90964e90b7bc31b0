import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Figure, summarise } from "./figure.ts";
import type { BenchOptions } from "./section.ts";
import { sections } from "./sections.ts";
import { asTable } from "./table.ts";

const USAGE = `usage: npm run bench -- [--only NAME[,NAME]] [--rounds N] [--minutes N] [--machines N[,N]] [--servers N] [--json FILE]

${sections.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join("\n")}`;

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "3" },
    minutes: { type: "string", default: "1" },
    machines: { type: "string", default: "10,100,1000" },
    servers: { type: "string", default: "1" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(USAGE);
else
  await run(values.only?.split(","), {
    rounds: Number(values.rounds),
    minutes: Number(values.minutes),
    machines: values.machines.split(",").map(Number),
    servers: Number(values.servers),
  });

async function run(only: readonly string[] | undefined, options: Omit<BenchOptions, "progress">): Promise<void> {
  const unknown = only?.find((name) => !sections.some((section) => section.name === name));
  if (unknown !== undefined) throw new Error(`unknown section "${unknown}"\n${USAGE}`);
  const figures: Figure[] = [];
  for (const section of sections) {
    if (only && !only.includes(section.name)) continue;
    const progress = (line: string): void => void process.stderr.write(`${section.name}: ${line}\n`);
    const began = performance.now();
    const measured = await section.measure({ ...options, progress });
    figures.push(...measured);
    progress(`${((performance.now() - began) / 1000).toFixed(0)} s`);
    console.log(`\n${section.name}: ${section.about}\n${asTable(summarise(measured))}`);
  }
  if (values.json) await writeFile(values.json, `${JSON.stringify(summarise(figures), null, 2)}\n`);
}
