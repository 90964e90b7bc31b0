import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url);

/**
 * Returns a seed that depends on a hash of the sources, so that each change of the code gets new histories, and the
 * same code gets the same histories on every machine.
 */
export function seedOfSources(): number {
  const hash = createHash("sha256");
  const files = globSync(["packages/*/src/**/*.ts", "test/simulation/**/*.ts"], { cwd: ROOT });
  for (const file of files.toSorted()) hash.update(readFileSync(new URL(file, ROOT)));
  return hash.digest().readUInt32LE();
}
