import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { requirementsOf, unitWarnings, X_FLEET_OPTIONS } from "@flotilla/unit";
import { decide } from "./decide.ts";
import { brief } from "./fixture/apply.ts";
import { cluster, unitWith } from "./fixture/cluster.ts";

/**
 * The examples of fleet.unit(5). The comment before each example says what the scheduler makes of it:
 * `UNIT on MACHINES with UNIT @MACHINE, ...: DECISION`, in the notation of the fixtures. A decision with two words is
 * about the unit of the example.
 */
const EXAMPLE = /^\.\\" example (\S+) on (.+?)(?: with (.+?))?: (.+)\n\.EX\n([^]*?)\n\.EE$/gm;

const page = readFileSync(join(import.meta.dirname, "../../../docs/man/fleet.unit.5"), "utf8");
const examples = [...page.matchAll(EXAMPLE)];

for (const [, name = "", machines = "", others = "", expected = "", written = ""] of examples) {
  const lines = written.replaceAll("\\(dq", '"').replaceAll("\\(aq", "'").replaceAll("\\-", "-").split("\n");
  test(`fleet.unit(5): ${lines.join(" ")}: ${name} on ${machines}${others && ` with ${others}`}: ${expected}`, () => {
    const unit = unitWith(name, lines, "launched", 1);
    assert.deepEqual(unitWarnings(name, unit.file.options, requirementsOf(name, unit.file.options)), []);
    const known = cluster(machines, ...others.split(", ").filter(Boolean));
    const snapshot = { ...known, units: new Map([...known.units, [name, unit]]) };
    const decisions = decide(snapshot).map(brief);
    const [kind = "", ...rest] = expected.split(" ");
    const wanted = rest.length > 1 ? expected : [kind, name.replace(/\.service$/, ""), ...rest].join(" ");
    assert.ok(decisions.includes(wanted), `${decisions.join("; ")}, not ${wanted}`);
  });
}

test("fleet.unit(5) has each option of [X-Fleet], each with an example, and every block is an example", () => {
  const options = [...page.matchAll(/^\.BI (\w+)= /gm)].map(([, option = ""]) => option).sort();
  assert.deepEqual(options, Object.keys(X_FLEET_OPTIONS).sort());
  const shown = examples.map(([, , , , , written = ""]) => written).join("\n");
  for (const option of options) assert.match(shown, new RegExp(`^${option}=`, "m"));
  assert.equal(examples.length, page.match(/^\.EX$/gm)?.length);
});
