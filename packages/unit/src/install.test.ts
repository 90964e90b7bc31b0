import assert from "node:assert/strict";
import { test } from "node:test";
import { installationOf } from "./install.ts";
import { parseUnitFile } from "./parse.ts";

const NOTHING = { aliases: [], wantedBy: [], requiredBy: [], upheldBy: [], also: [] };

const cases: readonly (readonly [string, string, Partial<ReturnType<typeof installationOf>>])[] = [
  ["a file without [Install]", "[Service]\nExecStart=/bin/true\n", {}],
  ["several values in one line and in several lines", "[Install]\nWantedBy=a.target b.target\nWantedBy=c.target a.target\n", { wantedBy: ["a.target", "b.target", "c.target"] }],
  ["an empty assignment that resets the list", "[Install]\nAlias=a.service\nAlias=\nAlias=b.service\n", { aliases: ["b.service"] }],
  ["every option", "[Install]\nRequiredBy=a.target\nUpheldBy=b.target\nAlso=c.socket\n", { requiredBy: ["a.target"], upheldBy: ["b.target"], also: ["c.socket"] }],
  ["specifiers and quotes", '[Install]\nAlias="alias-%i.service"\nWantedBy=%p.target\n', { aliases: ["alias-1.service"], wantedBy: ["web.target"] }],
  ["an option of another section", "[Unit]\nAlias=a.service\n", {}],
]; // prettier-ignore

for (const [what, text, expected] of cases) {
  test(`installationOf: ${what}`, () =>
    assert.deepEqual(installationOf("web@1.service", parseUnitFile(text).options), { ...NOTHING, ...expected }));
}
