import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mirror } from "@flotilla/model";
import { parseUnitFile } from "@flotilla/unit";
import { isStubText, stubText } from "./stub-text.ts";
import { hasStub } from "./stub-types.ts";

const ACTIVE: Mirror = { unit: "b.service", state: "active", text: "runs on machine m2", options: [] };

function options(mirror: Mirror): string[] {
  return parseUnitFile(stubText(mirror)).options.map(({ section, name, value }) => `${section} ${name}=${value}`);
}

test("a stub of a running service stays active, and says where the service runs", () => {
  assert.ok(isStubText(stubText(ACTIVE)));
  assert.deepEqual(options(ACTIVE), [
    "Unit Description=b.service runs on machine m2",
    "Unit StartLimitIntervalSec=0",
    "Service Type=oneshot",
    "Service RemainAfterExit=yes",
    "Service ExecStart=/bin/true",
  ]);
});

test("a stub of a failed service fails with the reason in its status, whatever the reason says", () => {
  const evil = 'failed: "%n"\n[Service]\nExecStart=/bin/evil\u2028$HOME\\';
  const failed = options({ ...ACTIVE, state: "failed", text: evil });
  assert.equal(failed[0], "Unit Description=b.service failed: %%n [Service] ExecStart=/bin/evil $HOME");
  assert.equal(failed.filter((option) => option.includes("ExecStart=")).length, 3);
  assert.ok(
    failed.includes(
      'Service ExecStart=-systemd-notify "--status=b.service failed: %%n [Service] ExecStart=/bin/evil $$HOME"',
    ),
    failed.join("\n"),
  );
  assert.equal(failed.at(-1), "Service ExecStart=/bin/false");
  assert.ok(stubText({ ...ACTIVE, text: "x".repeat(10_000) }).length < 1_000);
});

test("a stub keeps what the real unit says about units of the machine, and nothing else", () => {
  const option = (section: string, name: string, value: string) => ({ section, name, value });
  const read = options({
    ...ACTIVE,
    options: [
      option("Unit", "Before", "a.service"),
      option("Install", "RequiredBy", "a.service"),
      option("Service", "ExecStart", "a.service"),
      option("Unit", "Before", "a b\n[Service]"),
    ],
  });
  assert.deepEqual(
    read.filter((line) => line.includes("a.service") || line.includes("a b")),
    ["Unit Before=a.service", "Install RequiredBy=a.service"],
  );
});

for (const [unit, expected] of [
  ["b.service", true],
  ["b.target", true],
  ["b.timer", true],
  ["b.path", true],
  ["b.socket", true],
  ["b.mount", false],
  ["b.slice", false],
] as const)
  test(`${unit} ${expected ? "has" : "has no"} stub`, () => assert.equal(hasStub(unit), expected));
