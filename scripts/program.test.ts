import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { compileProgram } from "./program.ts";

const directory = mkdtempSync(join(tmpdir(), "flotilla-program-"));
const file = join(directory, "program.cjs");
after(() => rmSync(directory, { recursive: true }));

/** Runs the program and returns its output. */
function saidBy(text: string, code?: Buffer): { readonly said: unknown; readonly code: Buffer } {
  writeFileSync(file, text);
  const program = compileProgram(file, code);
  program.run();
  return { said: Reflect.get(globalThis, "said"), code: program.code() };
}

test("a program runs as a CommonJS module", () => {
  const { said } = saidBy(
    'globalThis.said = [require("node:path").basename(__filename), __dirname, this === module.exports];',
  );
  assert.deepEqual(said, ["program.cjs", directory, true]);
});

test("the code cache of an earlier run is used for the same text only", () => {
  const textOf = (word: string): string => `function say() { globalThis.said = "${word}"; } say();`;
  const { code } = saidBy(textOf("one"));
  assert.equal(saidBy(textOf("one"), code).said, "one");
  assert.equal(saidBy(textOf("two"), code).said, "two");
  assert.equal(saidBy(textOf("two"), Buffer.from("spoilt")).said, "two");
  assert.equal(saidBy(textOf("two"), Buffer.alloc(0)).said, "two");
});

test("an error names the program's own line and column", () => {
  writeFileSync(file, 'throw new Error("here");');
  const isHere = (error: Error): boolean => error.stack?.includes(`${file}:1:7`) === true;
  assert.throws(() => compileProgram(file).run(), isHere);
});
