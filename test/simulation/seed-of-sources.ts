import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url);

/**
 * A seed that changes with the code: every change has histories that nobody has seen before, while a second run of the
 * same code, on whatever machine, has the same ones and so the same result.
 */
export function seedOfSources(): number {
  const hash = createHash("sha256");
  const files = globSync(["packages/*/src/**/*.ts", "test/simulation/**/*.ts"], { cwd: ROOT });
  for (const file of files.toSorted()) hash.update(readFileSync(new URL(file, ROOT)));
  return hash.digest().readUInt32LE();
}
