import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuditAnswer, AuditQuery } from "@flotilla/api";
import { MACHINE, OTHER_MACHINE, testCluster, withoutCluster } from "../cluster.fixture.ts";

const answer: AuditAnswer = {
  entries: [
    {
      ...{ time: "2026-11-30T12:00:01.250Z", server: MACHINE, who: "local", name: "root", from: "pid 42" },
      ...{ verb: "start", unit: "web.service", revision: 7, result: "done" },
    },
    {
      ...{ time: "2026-11-30T12:00:02.000Z", server: MACHINE, who: "token", name: "ci", from: "10.0.0.9" },
      ...{ via: OTHER_MACHINE, verb: "metadata", object: OTHER_MACHINE, result: "refused", reason: "not allowed" },
    },
  ],
  missing: [],
};

test("the entries are a table, or JSON", async (t) => {
  const queries: AuditQuery[] = [];
  const read = async (query: AuditQuery): Promise<AuditAnswer> => (queries.push(query), answer);
  const cluster = await testCluster(t, { audits: { read } });
  const shown = await cluster.fleetctl("audit");
  assert.deepEqual([shown.code, shown.stderr], [0, ""]);
  assert.deepEqual(
    shown.stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/\t+/)),
    [
      ["TIME", "WHO", "FROM", "VERB", "WHAT", "REVISION", "RESULT", "REASON"],
      ["2026-11-30T12:00:01.250Z", "local:root", "pid 42", "start", "web.service", "7", "done", "-"],
      [
        ...["2026-11-30T12:00:02.000Z", "token:ci", `10.0.0.9@${OTHER_MACHINE.slice(0, 8)}`, "metadata", OTHER_MACHINE],
        ...["-", "refused", "not allowed"],
      ],
    ],
  );
  const asked = await cluster.fleetctl(
    "audit",
    "web",
    "--by",
    "ci",
    "--since",
    "2026-11-30T12:00:00Z",
    "-n",
    "5",
    "--output",
    "json",
  );
  assert.deepEqual(JSON.parse(asked.stdout), answer.entries);
  assert.deepEqual(queries, [
    { limit: 100 },
    { unit: "web.service", by: "ci", since: "2026-11-30T12:00:00.000Z", limit: 5 },
  ]);
});

test("servers whose entries are missing are named, with exit code 6", async (t) => {
  const missing = [{ machineID: MACHINE, message: "no journal" }];
  const cluster = await testCluster(t, { audits: { read: async () => ({ ...answer, missing }) } });
  const { code, stdout, stderr } = await cluster.fleetctl("audit");
  assert.equal(code, 6);
  assert.match(stdout, /web\.service/);
  assert.equal(stderr, "the entries of server 113f16a7.../172.17.8.103 are missing: no journal\n");
});

for (const [args, message] of [
  [["web*"], /cannot use the pattern web\*: audit takes one unit/],
  [["--since", "tomorrow"], /cannot read --since=tomorrow: use a duration/],
  [["-n", "0"], /Use a whole number from 1 to 10000/],
  [["-n", "10001"], /Use a whole number from 1 to 10000/],
] as const)
  test(`refused: audit ${args.join(" ")}`, async () => {
    const { code, stderr } = await withoutCluster("audit", ...args);
    assert.equal(code, 2);
    assert.match(stderr, message);
  });
