import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { optionNames } from "./config/fleetd-options.ts";

const DOCS = join(import.meta.dirname, "../../../docs");
const pageOf = (name: string): string => readFileSync(join(DOCS, "man", name), "utf8");

function shown(name: string): string {
  return execFileSync("groff", ["-man", "-Tascii", "-P-c", "-P-b", "-P-u"], { input: pageOf(name), encoding: "utf8" });
}

for (const name of ["fleetd.8", "fleet.conf.5", "fleet.unit.5"]) {
  test(`${name}: troff reports no warning`, () => {
    const { status, stderr } = spawnSync("groff", ["-man", "-ww", "-z"], { input: pageOf(name), encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
  });
}

test("fleet.conf(5) and docs/reference/configuration.md have every option, and no other", () => {
  const rows = readFileSync(join(DOCS, "reference/configuration.md"), "utf8").matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm);
  const inTable = [...rows].flatMap(([, names = ""]) => names.replaceAll("`", "").split(", "));
  assert.deepEqual(inTable.toSorted(), optionNames.toSorted());
  const withValue = [...shown("fleet.conf.5").matchAll(/^ {7}(\w+)=/gm)].map(([, name]) => name);
  const others = optionNames.filter((name) => !withValue.includes(name));
  assert.deepEqual(
    withValue.filter((name) => !optionNames.some((known) => known === name)),
    [],
  );
  const [, withoutEffect = ""] = pageOf("fleet.conf.5").split(".SH OPTIONS WITHOUT EFFECT");
  for (const name of others) assert.match(withoutEffect, new RegExp(`\\b${name}\\b`));
});

test("fleetd(8) has every flag of the command line's help", () => {
  const help = execFileSync(process.execPath, [join(import.meta.dirname, "main.ts"), "--help"], { encoding: "utf8" });
  const page = shown("fleetd.8");
  for (const [flag] of help.slice(0, help.indexOf("Examples:")).matchAll(/--[a-z]+/g))
    assert.ok(page.includes(flag), flag);
});
