import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Figure, summarise } from "./figure.ts";
import { sections } from "./sections.ts";
import { asTable } from "./table.ts";

const USAGE = `usage: npm run bench -- [--only NAME[,NAME]] [--rounds N] [--json FILE]

${sections.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join("\n")}`;

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "3" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(USAGE);
else await run(values.only?.split(","), Number(values.rounds));

async function run(only: readonly string[] | undefined, rounds: number): Promise<void> {
  const unknown = only?.find((name) => !sections.some((section) => section.name === name));
  if (unknown !== undefined) throw new Error(`There is no section "${unknown}".\n${USAGE}`);
  const figures: Figure[] = [];
  for (const section of sections) {
    if (only && !only.includes(section.name)) continue;
    const progress = (line: string): void => void process.stderr.write(`${section.name}: ${line}\n`);
    const began = performance.now();
    const measured = await section.measure({ rounds, progress });
    figures.push(...measured);
    progress(`${((performance.now() - began) / 1000).toFixed(0)} s`);
    console.log(`\n${section.name}: ${section.about}\n${asTable(summarise(measured))}`);
  }
  if (values.json) await writeFile(values.json, `${JSON.stringify(summarise(figures), null, 2)}\n`);
}
