import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import { nowhere } from "../nowhere.fixture.ts";
import { createProgram } from "../program.ts";
import { renderManPage } from "./man-page.ts";

const page = renderManPage();
const program = createProgram(nowhere, nowhere, () => Promise.resolve());

test("troff reports no errors", () => {
  const { status, stderr } = spawnSync("groff", ["-man", "-ww", "-z"], { input: page, encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
});

test("the page shows every command with an example, and every flag", () => {
  const shown = execFileSync("groff", ["-man", "-Tascii", "-P-c", "-P-b", "-P-u"], { input: page, encoding: "utf8" });
  for (const command of program.createHelp().visibleCommands(program)) {
    if (command.name() === "help") continue;
    assert.match(shown, new RegExp(`^ {3}${command.name()}`, "m"));
    for (const flag of command.createHelp().visibleOptions(command)) {
      if (flag.long !== "--help") assert.ok(shown.includes(flag.long ?? ""), `${command.name()} ${flag.long}`);
    }
  }
  for (const flag of program.options.filter(({ hidden, long }) => !hidden && long !== "--version"))
    assert.ok(shown.includes(flag.long ?? ""), flag.long);
  assert.match(shown, /fleetctl ssh 113f16a7\n/);
});
