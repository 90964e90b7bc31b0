import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { CampaignResult, runCampaign } from "../campaign.ts";
import { findMarks, mutate } from "./marks.ts";
import { MUTATIONS } from "./mutations.ts";

interface Campaign {
  readonly runCampaign: typeof runCampaign;
}

const ROOT = join(import.meta.dirname, "../../..");

/** The sources and the links by which packages find each other. */
const COPIED = ["package.json", "packages", "test/package.json", "test/node_modules", "test/simulation"];

/**
 * Makes each mutation in a copy of the code and runs seeds from 1 on until one fails.
 * @param named selects the mutations whose names contain it.
 * @param tell receives a line of the table in README.md for each mutation.
 * @returns the names of the mutations that no seed noticed.
 * @throws before the first run when the code lacks a mutation's mark.
 */
export async function runMutations(seeds: number, named: string, tell: (line: string) => void): Promise<string[]> {
  const missed: string[] = [];
  for (const { name, file, text } of mutatedFiles(named)) {
    const { failed, held } = await runMutated(file, text, seeds);
    const { invariant = "NOT CAUGHT" } = failed?.violation ?? {};
    if (!failed) missed.push(name);
    tell(`| ${name} | ${invariant} | ${held + (failed ? 1 : 0)} | ${failed?.seed ?? ""} |`);
  }
  return missed;
}

interface MutatedFile {
  /** Of the mutation. */
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

function mutatedFiles(named: string): MutatedFile[] {
  const marks = findMarks(ROOT);
  return MUTATIONS.filter(({ name }) => name.includes(named)).map(({ name, mark, change }) => {
    const marked = marks.get(mark);
    if (!marked) throw new Error(`no code is marked "// mutation: ${mark}"`);
    return { name, file: marked.file, text: mutate(marked, change) };
  });
}

async function runMutated(file: string, text: string, seeds: number): Promise<CampaignResult> {
  const copy = mkdtempSync(join(tmpdir(), "flotilla-mutation-"));
  try {
    const filter = (source: string): boolean => !/\/(dist|\.git)$/.test(source);
    for (const each of COPIED)
      cpSync(join(ROOT, each), join(copy, each), { recursive: true, verbatimSymlinks: true, filter });
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    writeFileSync(join(copy, file), text);
    // The copy's own module, whose workers then run the copy.
    const campaign = (await import(pathToFileURL(join(copy, "test/simulation/campaign.ts")).href)) as Campaign;
    return await campaign.runCampaign(Array.from({ length: seeds }, (_, index) => index + 1));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
