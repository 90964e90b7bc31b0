import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const PACKAGES = join(import.meta.dirname, "../packages");
const PAGE = readFileSync(join(import.meta.dirname, "../docs/reference/errors.md"), "utf8");

test("docs/reference/errors.md lists exactly the errors of the API, each with its status", () => {
  const text = readFileSync(join(PACKAGES, "api/src/contract/error-ids.ts"), "utf8");
  const ofCode = [...text.matchAll(/^ {2}"?([\w-]+)"?: (\d{3}),$/gm)].map(([, id, status]) => `${id} ${status}`);
  const ofPage = [...section("API").matchAll(/^\| `([\w-]+)` \| (\d{3}) \|/gm)].map(
    ([, id, status]) => `${id} ${status}`,
  );
  assert.ok(ofCode.length > 30);
  assert.deepEqual(ofPage, ofCode);
});

test("docs/reference/errors.md lists every error code, and no unknown one", () => {
  const ofCode = codesOfTheCode();
  assert.ok(ofCode.size > 40);
  assert.deepEqual(ofCode.difference(firstCells(PAGE)), new Set(), "errors without a row");
  const outsideOfTheAPI = PAGE.slice(PAGE.indexOf("\n## Client\n"));
  assert.deepEqual(firstCells(outsideOfTheAPI).difference(ofCode), new Set(), "rows of errors that do not exist");
});

function section(title: string): string {
  return PAGE.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
}

/** The ids in the first column of a page's tables. */
function firstCells(page: string): ReadonlySet<string> {
  return new Set([...page.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = ""]) => idsIn(cell)));
}

function idsIn(text: string): readonly string[] {
  return [...text.matchAll(/["`]([a-z]+(?:-[a-z]+)*)["`]/g)].map(([, id = ""]) => id);
}

/** Returns the `code` of each error class, and the ID that the client gives an answer that it does not understand. */
function codesOfTheCode(): ReadonlySet<string> {
  const files = globSync("*/src/**/*.ts", { cwd: PACKAGES }).filter((file) => !/\.(test|fixture|live)\.ts$/.test(file));
  const texts = files.map((file) => readFileSync(join(PACKAGES, file), "utf8"));
  const field = /^ {2}readonly code(?::| =) ((?:"[\w-]+"(?: \| )?)+);$|^ {4}id: ("[\w-]+"),$/gm;
  return new Set(texts.flatMap((text) => [...text.matchAll(field)].flatMap(([found]) => idsIn(found))));
}
