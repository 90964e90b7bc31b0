import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { CampaignResult, runCampaign } from "../campaign.ts";
import { type Mutation, MUTATIONS } from "./mutations.ts";

interface Campaign {
  readonly runCampaign: typeof runCampaign;
}

const ROOT = join(import.meta.dirname, "../../..");

/** What is copied: sources, and the links by which packages find each other. */
const COPIED = ["package.json", "packages", "test/package.json", "test/node_modules", "test/simulation"];

/**
 * Makes each mutation in a copy of the code, and runs seeds from 1 on until one fails. Resolves to the names of those
 * that went unnoticed.
 * @param named only those in whose name this stands.
 * @param tell is given a line of the table in README.md for each.
 */
export async function runMutations(seeds: number, named: string, tell: (line: string) => void): Promise<string[]> {
  const missed: string[] = [];
  for (const mutation of MUTATIONS.filter(({ name }) => name.includes(named))) {
    const { failed, held } = await tryOne(mutation, seeds);
    const { invariant = "NOT CAUGHT" } = failed?.violation ?? {};
    if (!failed) missed.push(mutation.name);
    tell(`| ${mutation.name} | ${invariant} | ${held + (failed ? 1 : 0)} | ${failed?.seed ?? ""} |`);
  }
  return missed;
}

async function tryOne(mutation: Mutation, seeds: number): Promise<CampaignResult> {
  const copy = mkdtempSync(join(tmpdir(), "flotilla-mutation-"));
  try {
    const filter = (source: string): boolean => !/\/(dist|\.git)$/.test(source);
    for (const each of COPIED)
      cpSync(join(ROOT, each), join(copy, each), { recursive: true, verbatimSymlinks: true, filter });
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    const path = join(copy, mutation.file);
    writeFileSync(path, mutated(readFileSync(path, "utf8"), mutation));
    // The copy's own, whose workers then run the copy.
    const campaign = (await import(pathToFileURL(join(copy, "test/simulation/campaign.ts")).href)) as Campaign;
    return await campaign.runCampaign(Array.from({ length: seeds }, (_, index) => index + 1));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** @throws when the code is not any more what the mutation was made for. */
export function mutated(text: string, { name, file, find, replace }: Mutation): string {
  const parts = text.split(find);
  if (parts.length !== 2)
    throw new Error(`"${name}" is to be found once in ${file}, and is ${parts.length - 1} times.`);
  return parts.join(replace);
}
