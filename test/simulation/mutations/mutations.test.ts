import assert from "node:assert/strict";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { findMarks, mutate } from "./marks.ts";
import { MUTATIONS } from "./mutations.ts";

const marks = findMarks(join(import.meta.dirname, "../../.."));

for (const { name, mark, change } of MUTATIONS)
  test(`the code can be mutated: ${name}`, () => {
    const marked = marks.get(mark);
    assert.ok(
      marked,
      `no code is marked "// mutation: ${mark}"; add the mark above the line that the mutation changes`,
    );
    const changed = mutate(marked, change);
    assert.notEqual(changed, marked.text);
    assert.doesNotThrow(() => stripTypeScriptTypes(changed), `${marked.file} does not parse after the mutation`);
  });

test("every mark in the code belongs to a mutation", () => {
  const used = MUTATIONS.map(({ mark }) => mark);
  assert.deepEqual(
    [...marks.keys()].filter((mark) => !used.includes(mark)),
    [],
  );
});
