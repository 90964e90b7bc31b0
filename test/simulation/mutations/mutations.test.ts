import { readFileSync } from "node:fs";
import { test } from "node:test";
import { MUTATIONS } from "./mutations.ts";
import { mutated } from "./run-mutations.ts";

for (const mutation of MUTATIONS)
  test(`there is still what this is made of: ${mutation.name}`, () => {
    mutated(readFileSync(new URL(`../../../${mutation.file}`, import.meta.url), "utf8"), mutation);
  });
