import { join } from "node:path";
import type { ChangedFile } from "../bundle.ts";
import { runCampaign } from "../campaign.ts";
import { findMarks, mutate } from "./marks.ts";
import { MUTATIONS } from "./mutations.ts";

const ROOT = join(import.meta.dirname, "../../..");

interface MutatedFile extends ChangedFile {
  /** The mutation's name. */
  readonly name: string;
}

/**
 * Makes each mutation in the code of the workers, and runs seeds from 1 on until one fails.
 * @param named selects the mutations whose names contain it.
 * @param tell receives a line of the table in README.md for each mutation.
 * @returns the names of the mutations that no seed noticed.
 * @throws before the first run if the code lacks a mutation's mark.
 */
export async function runMutations(seeds: number, named: string, tell: (line: string) => void): Promise<string[]> {
  const missed: string[] = [];
  for (const { name, ...changed } of mutatedFiles(named)) {
    const numbers = Array.from({ length: seeds }, (_, index) => index + 1);
    const { failed, held } = await runCampaign(numbers, { changed });
    const { invariant = "NOT CAUGHT" } = failed?.violation ?? {};
    if (!failed) missed.push(name);
    tell(`| ${name} | ${invariant} | ${held + (failed ? 1 : 0)} | ${failed?.seed ?? ""} |`);
  }
  return missed;
}

function mutatedFiles(named: string): MutatedFile[] {
  const marks = findMarks(ROOT);
  return MUTATIONS.filter(({ name }) => name.includes(named)).map(({ name, mark, change }) => {
    const marked = marks.get(mark);
    if (!marked) throw new Error(`no code is marked "// mutation: ${mark}"`);
    return { name, file: marked.file, text: mutate(marked, change) };
  });
}
