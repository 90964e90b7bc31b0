import assert from "node:assert/strict";
import { test } from "node:test";
import { type TestApi, testApi, until } from "../api.fixture.ts";
import { errorIn } from "./v2.fixture.ts";

const RUN = "[Service]\nExecStart=/bin/sleep 1000\n";

interface Answer {
  readonly also?: readonly { readonly name: string; readonly desiredState: string; readonly because: string }[];
}

/** Sends a unit with lines of its [Unit] section, and returns which units went along. */
async function put(api: TestApi, name: string, lines: readonly string[] | undefined, desiredState?: string) {
  const file = lines && { file: ["[Unit]", ...lines, RUN].join("\n") };
  const reply = await api.call("PUT", `/fleet/v2/units/${name}`, { body: { ...file, desiredState } });
  assert.ok(reply.status < 300, reply.text);
  await until(() => api.feed.view.revision >= api.units.lastWritten);
  return ((reply.json as Answer).also ?? []).map((one) => `${one.name} ${one.desiredState}: ${one.because}`);
}

async function desired(api: TestApi, name: string): Promise<string | undefined> {
  return (await api.units.get(name))?.desired;
}

test("a start brings up in one transaction what the unit needs, and says so", async (t) => {
  const api = await testApi(t);
  await put(api, "db.service", []);
  await put(api, "log.service", ["Requires=host-only.service"]);
  const also = await put(api, "web.service", ["Requires=db.service", "Wants=log.service nothing.service"], "launched");
  assert.deepEqual(also.sort(), [
    "db.service launched: Requires=db.service of web.service",
    "log.service launched: Wants=log.service of web.service",
  ]);
  const { entries } = await api.store.range({ prefix: "unit/" });
  const written = new Set(entries.map(({ modRevision }) => modRevision));
  assert.equal(entries.length, 3);
  assert.equal(written.size, 1);
  assert.deepEqual(await put(api, "web.service", undefined, "launched"), []);
  await put(api, "log.service", undefined, "loaded");
  assert.deepEqual(await put(api, "web.service", undefined, "launched"), [
    "log.service launched: Wants=log.service of web.service",
  ]);
});

test("a needed instance is made from the cluster's template, with what the template needs", async (t) => {
  const api = await testApi(t);
  await put(api, "db@.service", ["BindsTo=disk.service"]);
  await put(api, "disk.service", []);
  const also = await put(api, "web.service", ["Requires=db@7.service"], "launched");
  assert.deepEqual(also, [
    "disk.service launched: BindsTo=disk.service of db@7.service",
    "db@7.service launched: Requires=db@7.service of web.service",
  ]);
  assert.equal(await desired(api, "db@7.service"), "launched");
});

test("a stop takes along what depends on the unit; a start does not bring it back", async (t) => {
  const api = await testApi(t);
  await put(api, "db.service", [], "launched");
  await put(api, "web.service", ["BindsTo=db.service"], "launched");
  await put(api, "idle.service", ["PartOf=db.service"], "loaded");
  await put(api, "fan.service", ["Wants=db.service"], "launched");
  assert.deepEqual(await put(api, "db.service", undefined, "loaded"), [
    "web.service loaded: BindsTo=db.service of web.service",
  ]);
  assert.equal(await desired(api, "fan.service"), "launched");
  assert.deepEqual(await put(api, "db.service", undefined, "launched"), []);
  await put(api, "web.service", undefined, "launched");
  assert.equal((await api.call("DELETE", "/fleet/v2/units/db.service")).status, 204);
  assert.equal(await desired(api, "web.service"), "loaded");
});

test("a start stops what conflicts with the unit in [Unit]", async (t) => {
  const api = await testApi(t);
  await put(api, "blue.service", [], "launched");
  await put(api, "blue-helper.service", ["Requires=blue.service"], "launched");
  const also = await put(api, "green.service", ["Conflicts=blue.service"], "launched");
  assert.deepEqual(also, [
    "blue.service loaded: Conflicts=blue.service of green.service",
    "blue-helper.service loaded: Requires=blue.service of blue-helper.service",
  ]);
});

test("a start that waits for itself is refused with the cycle, and one that needs two rivals with both", async (t) => {
  const api = await testApi(t);
  await put(api, "b.service", ["After=c.service"], "launched");
  await put(api, "c.service", ["After=a.service"], "launched");
  const start = (lines: readonly string[]) =>
    api.call("PUT", "/fleet/v2/units/a.service", {
      body: { file: ["[Unit]", ...lines, RUN].join("\n"), desiredState: "launched" },
    });
  const cycle = errorIn(await start(["After=b.service"]));
  assert.equal(cycle.id, "dependency-cycle");
  assert.match(cycle.message, /a\.service -> b\.service -> c\.service -> a\.service/);
  await put(api, "d.service", ["Conflicts=b.service"]);
  const rivals = errorIn(await start(["Requires=b.service d.service"]));
  assert.equal(rivals.id, "dependency-conflict");
  assert.match(rivals.message, /Conflicts=b\.service of d\.service/);
  assert.equal(await desired(api, "a.service"), undefined);
});

test("API v1 changes only the named unit, as fleet did", async (t) => {
  const api = await testApi(t);
  await put(api, "db.service", []);
  await put(api, "web.service", ["Requires=db.service"]);
  const reply = await api.call("PUT", "/fleet/v1/units/web.service", { body: { desiredState: "launched" } });
  assert.equal(reply.status, 204);
  assert.equal(await desired(api, "db.service"), "inactive");
});

test("more units than fit into a transaction are started before the unit that needs them", async (t) => {
  const api = await testApi(t);
  const names = Array.from({ length: 150 }, (_, index) => `w${index}.service`);
  for (const name of names) await put(api, name, []);
  const also = await put(
    api,
    "all.target",
    names.map((name) => `Wants=${name}`),
    "launched",
  );
  assert.equal(also.length, names.length);
  const { entries } = await api.store.range({ prefix: "unit/" });
  const last = Math.max(...entries.map(({ modRevision }) => modRevision));
  assert.equal(entries.find(({ key }) => key === "unit/all.target")?.modRevision, last);
  for (const { value } of entries) assert.match(value, /"launched"/);
});
