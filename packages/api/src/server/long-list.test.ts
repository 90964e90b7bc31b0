import assert from "node:assert/strict";
import { test } from "node:test";
import { testApi } from "./api.fixture.ts";
import { chunksOf, longList } from "./long-list.ts";
import { FILE } from "./v2/v2.fixture.ts";

const entityOf = (item: unknown): unknown => item;

for (const [items, rest] of [
  [[], {}],
  [[], { nextPageToken: "x" }],
  [[1, "two", { three: [] }], {}],
  [["ä".repeat(40_000), "b".repeat(70_000)], { version: 1, more: null }],
] as const) {
  test(`a list of ${items.length} and ${Object.keys(rest).length} other fields is written like JSON.stringify's result`, () => {
    const text = Buffer.concat([...chunksOf(longList({ field: "items", items, entityOf, rest }))]).toString();
    assert.equal(text, JSON.stringify({ items, ...rest }));
  });
}

test("a long list is written item by item as one answer, in both APIs and in a backup", async (t) => {
  const api = await testApi(t);
  const file = `${FILE}#${"x".repeat(50_000)}\n[Service]\n${"Environment=A=b\n".repeat(4_000)}`;
  const names = Array.from({ length: 6 }, (_, index) => `u${index}.service`);
  for (const name of names) {
    const reply = await api.call("PUT", `/fleet/v2/units/${name}`, { body: { file: `${file}#${name}\n` } });
    assert.equal(reply.status, 201, reply.text);
  }
  const v1 = (await api.call("GET", "/fleet/v1/units")).json as { units: { name: string; options: object[] }[] };
  assert.deepEqual(
    v1.units.map(({ name, options }) => [name, options.length]),
    names.map((name) => [name, 4_002]),
  );
  const backup = await api.call("GET", "/fleet/v2/backup");
  assert.equal(backup.headers["content-type"], "application/json");
  assert.deepEqual((backup.json as { units: object[] }).units[5], {
    name: "u5.service",
    desiredState: "inactive",
    file: `${file}#u5.service\n`,
  });
  const head = await api.call("HEAD", "/fleet/v2/backup");
  assert.deepEqual([head.status, head.text], [200, ""]);
});

test("a page of units with many places is shorter, and the next page continues", async (t) => {
  const api = await testApi(t);
  for (const name of ["a", "b", "c"]) {
    await api.call("PUT", `/fleet/v2/units/${name}.service`, { body: { file: FILE } });
    const ops = Array.from({ length: 6_000 }, (_, index) => ({
      put: `assignment/m${index}/${name}.service`,
      value: '{"digest":"d","hash":"h","desired":"launched"}',
    }));
    for (let from = 0; from < ops.length; from += 100) await api.store.txn({ onSuccess: ops.slice(from, from + 100) });
  }
  const shown: string[] = [];
  let token = "";
  do {
    const reply = await api.call("GET", `/fleet/v2/units${token === "" ? "" : `?pageToken=${token}`}`);
    const page = reply.json as { units: { name: string; machines: object[] }[]; nextPageToken?: string };
    assert.ok(page.units.reduce((sum, { machines }) => sum + machines.length, 0) <= 10_000);
    shown.push(...page.units.map(({ name }) => name));
    token = page.nextPageToken ?? "";
  } while (token !== "");
  assert.deepEqual(shown, ["a.service", "b.service", "c.service"]);
});
