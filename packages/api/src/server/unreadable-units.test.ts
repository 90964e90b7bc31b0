import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { digestText, hashOptions } from "@flotilla/unit";
import { type TestApi, testApi } from "./api.fixture.ts";
import { FILE } from "./v2/v2.fixture.ts";

const KEY = `file/${digestText(FILE)}`;
const OPTIONS = [{ section: "Service", name: "ExecStart", value: "/bin/sleep 1d" }];

/** The ways in which a unit in the store can be unreadable. */
const damages: Readonly<Record<string, (api: TestApi) => Promise<unknown>>> = {
  "a record that is no JSON": (api) => api.store.txn({ onSuccess: [{ put: "unit/a.service", value: "{" }] }),
  "a record of another kind": (api) => api.put("unit/a.service", { digest: 5 }),
  "a missing file": (api) => api.store.txn({ onSuccess: [{ delete: KEY }, { put: "unit/a.service", value: record }] }),
  "another text in place of its file": (api) =>
    api.store.txn({
      onSuccess: [
        { put: KEY, value: "[Service]\n" },
        { put: "unit/a.service", value: record },
      ],
    }),
  "a file that was accepted before a limit was lowered": (api) => {
    const file = `${FILE}[X-Fleet]\n${Array.from({ length: 33 }, (_, index) => `MachineOf=b${index}.service\n`).join("")}`;
    return api.store.txn({
      onSuccess: [
        { put: `file/${digestText(file)}`, value: file },
        { put: "unit/a.service", value: JSON.stringify({ ...JSON.parse(record), digest: digestText(file) }) },
      ],
    });
  },
};

let record = "";

async function damaged(t: TestContext, damage: (api: TestApi) => Promise<unknown>): Promise<TestApi> {
  const api = await testApi(t);
  await api.call("PUT", "/fleet/v2/units/a.service", { body: { file: FILE, desiredState: "launched" } });
  record = (await api.store.range({ prefix: "unit/a.service", exact: true })).entries[0]?.value ?? "";
  // Written before the daemon starts.
  await damage(api);
  const fresh = await testApi(t);
  const { entries } = await api.store.range({ prefix: "" });
  await fresh.store.txn({ onSuccess: entries.map(({ key, value }) => ({ put: key, value })) });
  return fresh;
}

for (const [what, damage] of Object.entries(damages)) {
  test(`${what}: the error names the unit, which can be submitted again`, async (t) => {
    const api = await damaged(t, damage);
    const shown = await api.call("GET", "/fleet/v2/units/a.service");
    assert.equal(shown.status, 404);
    assert.match(shown.text, /cannot read unit .* in the store is invalid or exceeds a limit; submit it again/);
    const unhelpful = await api.call("PUT", "/fleet/v2/units/a.service", { body: { desiredState: "loaded" } });
    assert.equal(unhelpful.status, 404);
    const put = await api.call("PUT", "/fleet/v2/units/a.service", { body: { file: FILE, replace: true } });
    assert.equal(put.status, 200, put.text);
    assert.equal((await api.call("GET", "/fleet/v2/units/a.service/file")).text, FILE);
  });

  test(`${what}: the unit can be destroyed`, async (t) => {
    const api = await damaged(t, damage);
    assert.equal((await api.call("DELETE", "/fleet/v2/units/a.service")).status, 204);
    assert.equal((await api.store.range({ prefix: "unit/a.service" })).count, 0);
  });

  test(`${what}: API v1 writes and destroys the unit too`, async (t) => {
    const api = await damaged(t, damage);
    const put = await api.call("PUT", "/fleet/v1/units/a.service", {
      body: { options: OPTIONS, desiredState: "loaded" },
    });
    assert.equal(put.status, 201, put.text);
    assert.equal((await api.call("GET", "/fleet/v1/units/a.service")).status, 200);
    assert.equal((await api.call("DELETE", "/fleet/v1/units/a.service")).status, 204);
  });
}

test("API v1 writes a lost file again although its hash is unchanged", async (t) => {
  const api = await testApi(t);
  const body = { options: OPTIONS, desiredState: "loaded" };
  await api.call("PUT", "/fleet/v1/units/a.service", { body });
  const { entries } = await api.store.range({ prefix: "file/" });
  await api.store.txn({ onSuccess: entries.map(({ key }) => ({ delete: key })) });
  assert.equal((await api.call("PUT", "/fleet/v1/units/a.service", { body })).status, 201);
  assert.equal((await api.store.range({ prefix: "file/" })).count, 1);
});

test("API v1 writes a file that was lost before the daemon listed the store, although the hash is unchanged", async (t) => {
  const api = await testApi(t);
  await api.put("unit/a.service", { digest: "d", hash: hashOptions(OPTIONS), desired: "loaded" });
  const body = { options: OPTIONS, desiredState: "loaded" };
  assert.equal((await api.call("PUT", "/fleet/v1/units/a.service", { body })).status, 201);
  assert.equal((await api.store.range({ prefix: "file/" })).count, 1);
  assert.equal((await api.call("PUT", "/fleet/v1/units/a.service", { body })).status, 204);
});

test("no request deletes a key below a unit's key", async (t) => {
  const api = await testApi(t);
  await api.put("unit/a.service/x", { digest: "d", hash: "h", desired: "loaded" });
  assert.equal((await api.call("DELETE", "/fleet/v2/units/a.service%2Fx")).status, 404);
  assert.equal((await api.call("DELETE", "/fleet/v1/units/a.service%2Fx")).status, 404);
});
