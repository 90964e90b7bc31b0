import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOptions } from "@flotilla/unit";
import { call, MACHINE_A, MACHINE_B, type Reply, testApi } from "../api.fixture.ts";

const OPTIONS = [
  { section: "Unit", name: "Description", value: "Hello" },
  { section: "Service", name: "ExecStart", value: "/bin/sleep 1000" },
];
const OTHER = [{ section: "Service", name: "ExecStart", value: "/bin/true" }];
const FILE = "# kept\n[Unit]\nDescription=Hello\n\n[Service]\nExecStart=/bin/sleep 1000\n";

for (const base of ["/fleet/v1", "/v1-alpha"]) {
  test(`every answer of ${base}, over TCP and a unix socket`, async (t) => {
    const api = await testApi(t);
    const rows: readonly (readonly [string, string, unknown, number])[] = [
      ["GET", "/units", undefined, 200],
      ["GET", "/units/a.service", undefined, 404],
      ["DELETE", "/units/a.service", undefined, 404],
      ["PUT", "/units/a.service", { desiredState: "launched" }, 409],
      ["PUT", "/units/a.service", { desiredState: "launched", options: [] }, 409],
      ["PUT", "/units/a.service", { desiredState: "loaded", options: OPTIONS }, 201],
      ["PUT", "/units/a.service", { desiredState: "launched", options: OPTIONS }, 204],
      ["PUT", "/units/a.service", { desiredState: "inactive" }, 204],
      ["PUT", "/units/a.service", { name: "a.service", desiredState: "loaded" }, 204],
      ["PUT", "/units/a.service", { Name: "a.service", DesiredState: "loaded" }, 204],
      ["PUT", "/units/a.service", { name: "b.service", desiredState: "loaded" }, 400],
      ["PUT", "/units/a.service", { options: OPTIONS }, 409],
      ["PUT", "/units/a.service", { desiredState: "gone" }, 400],
      ["PUT", "/units/a.service", { desiredState: "launched", options: OTHER }, 201],
      ["PUT", "/units/a.service", "{", 400],
      ["PUT", "/units/a.service", "", 400],
      ["PUT", "/units/a.service", "[]", 400],
      ["PUT", "/units/noSuffix", { desiredState: "loaded", options: OPTIONS }, 400],
      ["PUT", "/units/..%2Fx.service", { desiredState: "loaded", options: OPTIONS }, 400],
      ["PUT", `/units/${"x".repeat(300)}.service`, { desiredState: "loaded", options: OPTIONS }, 400],
      ["PUT", "/units/bad.service", { options: [{ section: "Service", name: "A", value: "b\n[Evil]\nx=y" }] }, 400],
      [
        "PUT",
        "/units/bad.service",
        {
          options: [
            { section: "X-Fleet", name: "Global", value: "true" },
            { section: "X-Fleet", name: "MachineOf", value: "a.service" },
          ],
        },
        400,
      ],
      ["PUT", "/units/t@.service", { desiredState: "launched", options: OPTIONS }, 400],
      ["PUT", "/units/t@.service", { desiredState: "inactive", options: OPTIONS }, 201],
      ["PUT", "/units/t@.service", { desiredState: "loaded" }, 400],
      ["PUT", "/units/t%401.service?alt=json", { desiredState: "loaded", options: OPTIONS }, 201],
      ["GET", "/units/t%401.service?alt=json", undefined, 200],
      ["GET", "/units/t@1.service", undefined, 200],
      ["GET", "/units/a.service", undefined, 200],
      ["GET", "/units/foo/bar", undefined, 404],
      ["GET", "/units/", undefined, 404],
      ["GET", "/units/%zz", undefined, 400],
      ["GET", "/units?nextPageToken=EwBMLg==", undefined, 400],
      ["GET", "/units?nextPageToken=", undefined, 400],
      ["GET", "/units?nextPageToken=a&nextPageToken=b", undefined, 400],
      ["GET", "/machines?nextPageToken=bogus", undefined, 400],
      ["GET", "/state?nextPageToken=bogus", undefined, 400],
      ["GET", "/state", undefined, 200],
      ["GET", "/state/a.service", undefined, 404],
      ["GET", "/machines", undefined, 200],
      ["GET", "/discovery", undefined, 200],
      ["POST", "/units", {}, 405],
      ["POST", "/units/a.service", {}, 405],
      ["DELETE", "/state", undefined, 405],
      ["PUT", "/machines", {}, 405],
      ["PUT", "/discovery", {}, 405],
      ["GET", "", undefined, 405],
      ["GET", "/bogus", undefined, 404],
      ["HEAD", "/units", undefined, 200],
      ["PATCH", "/machines", [{ op: "add", path: `/${MACHINE_A}/metadata/k`, value: "v" }], 204],
      ["PATCH", "/machines", [{ op: "replace", path: `/${MACHINE_A}/metadata/k`, value: { value: "w" } }], 204],
      ["PATCH", "/machines", [{ op: "remove", path: `/${MACHINE_A}/metadata/k` }], 204],
      ["PATCH", "/machines", [{ Op: "add", Path: `/${MACHINE_A}/metadata/k`, Value: { Value: "go" } }], 204],
      ["PATCH", "/machines", [], 204],
      ["PATCH", "/machines", [{ op: "noop", path: `/${MACHINE_A}/metadata/k`, value: "v" }], 400],
      ["PATCH", "/machines", [{ op: "add", path: `/${MACHINE_A}/k`, value: "v" }], 400],
      ["PATCH", "/machines", [{ op: "add", path: `/${MACHINE_A}/metadata/k` }], 400],
      ["PATCH", "/machines", [{ op: "add", path: `/${MACHINE_A}/metadata/k`, value: "" }], 400],
      ["PATCH", "/machines", "no", 400],
      ["DELETE", "/units/a.service", undefined, 204],
    ];
    for (const [index, [method, path, body, status]] of rows.entries()) {
      const reply = await call(index % 2 === 0 ? api.tcp : api.unix, method, base + path, { body });
      const what = `${method} ${path} ${JSON.stringify(body)}`;
      assert.equal(reply.status, status, `${what}: ${reply.text}`);
      assert.equal(reply.headers["content-type"], "application/json", what);
      assert.equal(reply.headers["server"], "fleetd/1.2.3", what);
      if (status >= 400) assertErrorEnvelope(reply, what);
    }
  });
}

function assertErrorEnvelope({ status, json }: Reply, what: string): void {
  const { error } = json as { error: { code: number; message: string } };
  assert.equal(error.code, status, what);
  assert.ok(error.message.length > 10, what);
}

test("405 lists the allowed methods", async (t) => {
  const api = await testApi(t);
  const reply = await api.call("POST", "/fleet/v1/units/a.service");
  assert.equal(reply.headers["allow"], "DELETE, GET, HEAD, PUT");
  assert.equal((await api.call("GET", "/")).status, 405);
});

test("only JSON is accepted, with any parameters of the type", async (t) => {
  const api = await testApi(t);
  const body = JSON.stringify({ desiredState: "loaded", options: OPTIONS });
  for (const [type, status] of [
    ["application/xml", 415],
    ["text/plain", 415],
    ["application/x-www-form-urlencoded", 415],
    ["application/json; charset=utf-8", 201],
    ["application/json", 204],
  ] as const) {
    const reply = await api.call("PUT", "/fleet/v1/units/a.service", { body, headers: { "content-type": type } });
    assert.equal(reply.status, status, type);
  }
});

test("an empty list has no key", async (t) => {
  const api = await testApi(t);
  for (const path of ["/units", "/state", "/machines"])
    assert.equal((await api.call("GET", `/fleet/v1${path}`)).text, "{}");
});

test("entities have fleet's form", async (t) => {
  const api = await testApi(t);
  await api.call("PUT", "/fleet/v1/units/a.service", { body: { desiredState: "launched", options: OPTIONS } });
  const hash = hashOptions(OPTIONS);
  const { digest } = (await api.units.get("a.service")) ?? assert.fail();
  assert.deepEqual((await api.call("GET", "/fleet/v1/units/a.service")).json, {
    name: "a.service",
    options: OPTIONS,
    desiredState: "launched",
    currentState: "inactive",
  });
  await api.put(`machine/${MACHINE_A}`, { id: MACHINE_A, primaryIP: "10.0.0.1", metadata: { region: "eu" } });
  await api.put(`machine/${MACHINE_B}`, { id: MACHINE_B });
  await api.put(`assignment/${MACHINE_A}/a.service`, { digest, hash, desired: "launched" });
  await api.put(`state/${MACHINE_A}/a.service`, {
    hash,
    load: "loaded",
    active: "active",
    sub: "running",
    launched: true,
  });
  await api.put(`state/${"c".repeat(32)}/a.service`, { hash, load: "loaded", active: "active", sub: "running" });
  const unit = (await api.call("GET", "/fleet/v1/units")).json as { units: Record<string, unknown>[] };
  assert.equal(unit.units[0]?.["currentState"], "launched");
  assert.equal(unit.units[0]?.["machineID"], MACHINE_A);
  const state = {
    name: "a.service",
    hash,
    machineID: MACHINE_A,
    systemdLoadState: "loaded",
    systemdActiveState: "active",
    systemdSubState: "running",
  };
  assert.deepEqual(
    (await api.call("GET", "/fleet/v1/state")).json,
    { states: [state] },
    "machines that are gone have no states",
  );
  assert.deepEqual((await api.call("GET", "/fleet/v1/state/a.service")).json, state);
  assert.deepEqual((await api.call("GET", `/fleet/v1/state?machineID=${MACHINE_B}`)).json, {});
  assert.deepEqual((await api.call("GET", "/fleet/v1/state?unitName=a.service")).json, { states: [state] });
  assert.deepEqual((await api.call("GET", "/fleet/v1/machines")).json, {
    machines: [{ id: MACHINE_A, metadata: { region: "eu" }, primaryIP: "10.0.0.1" }, { id: MACHINE_B }],
  });
});

test("options that cannot be written to a unit file are refused with the option, its section and the fix", async (t) => {
  const api = await testApi(t);
  const start = (value: string, name = "ExecStart") => [
    { section: "Service", name, value },
    { section: "Service", name: "User", value: "nobody" },
  ];
  for (const [options, message] of [
    [start("/bin/sleep 1d \\"), /"ExecStart" in the section "Service" .* ends in a backslash.*; remove the backslash/],
    [start("/bin/sleep 1d\n\n[X-Fleet]\nGlobal=true"), /"ExecStart" in the section "Service" .* newline/],
    [start("/bin/sleep 1d", "Exec=Start"), /"Exec=Start" in the section "Service" .*its name contains "="/],
    [start("/bin/sleep 1d\rUser=root"), /"ExecStart" .* CR/],
    [start("/bin/sleep 1d \\\n# x"), /"ExecStart" .* comment line/],
  ] as const) {
    const reply = await api.call("PUT", "/fleet/v1/units/a.service", { body: { desiredState: "loaded", options } });
    assert.equal(reply.status, 400, reply.text);
    const { error } = reply.json as { readonly error: { readonly id: string; readonly message: string } };
    assert.equal(error.id, "bad-unit-file");
    assert.match(error.message, message);
  }
  const continued = start("/bin/sh -c \\\n  'sleep 1d'");
  const reply = await api.call("PUT", "/fleet/v1/units/a.service", { body: { options: continued } });
  assert.equal(reply.status, 201, reply.text);
  const read = (await api.call("GET", "/fleet/v1/units/a.service")).json as { readonly options: unknown };
  assert.deepEqual(read.options, continued);
});

test("the same options keep the submitted text, other options replace it", async (t) => {
  const api = await testApi(t);
  await api.call("PUT", "/fleet/v2/units/a.service", { body: { file: FILE } });
  const same = await api.call("PUT", "/fleet/v1/units/a.service", {
    body: { desiredState: "launched", options: OPTIONS },
  });
  assert.equal(same.status, 204);
  assert.equal((await api.call("GET", "/fleet/v2/units/a.service/file")).text, FILE);
  const other = await api.call("PUT", "/fleet/v1/units/a.service", { body: { options: OTHER } });
  assert.equal(other.status, 201);
  assert.equal((await api.call("GET", "/fleet/v2/units/a.service/file")).text, "[Service]\nExecStart=/bin/true\n");
  assert.equal(
    (await api.units.get("a.service"))?.desired,
    "inactive",
    "other options make the unit inactive, as in fleet",
  );
});

test("metadata changes in order for all named machines or for none, also for absent machines", async (t) => {
  const api = await testApi(t);
  await api.put(`machine/${MACHINE_A}`, { id: MACHINE_A, metadata: { own: "1", other: "2" } });
  const path = (id: string, key: string) => `/${id}/metadata/${key}`;
  const good = [
    { op: "add", path: path(MACHINE_A, "x"), value: "1" },
    { op: "replace", path: path(MACHINE_A, "x"), value: { value: "2" } },
    { op: "remove", path: path(MACHINE_A, "own") },
    { op: "add", path: path(MACHINE_B, "later"), value: "yes" },
  ];
  const bad = await api.call("PATCH", "/fleet/v1/machines", {
    body: [...good, { op: "add", path: "/nowhere", value: "v" }],
  });
  assert.equal(bad.status, 400);
  const metadata = async () =>
    ((await api.call("GET", "/fleet/v1/machines")).json as { machines: { metadata?: unknown }[] }).machines.map(
      (one) => one.metadata,
    );
  assert.deepEqual(await metadata(), [{ own: "1", other: "2" }]);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  assert.equal((await api.call("PATCH", "/fleet/v1/machines", { body: good, headers })).status, 204);
  await api.put(`machine/${MACHINE_B}`, { id: MACHINE_B });
  assert.deepEqual(await metadata(), [{ other: "2", x: "2" }, { later: "yes" }]);
});

test("an error about metadata says what is allowed", async (t) => {
  const api = await testApi(t);
  const path = `/${MACHINE_A}/metadata/k`;
  for (const [change, sentence] of [
    [{ op: "noop", path, value: "v" }, "[0].op must be one of add, replace, remove"],
    [{ path, value: "v" }, "[0].op must be one of add, replace, remove"],
    [{ op: "add", path, value: 5 }, "[0].value must be a string, or [0].value must be an object"],
    [{ op: "add", path, value: {} }, "[0].value must be a string, or [0].value.value is missing and must be a string"],
  ] as const) {
    const reply = await api.call("PATCH", "/fleet/v1/machines", { body: [change] });
    assert.equal(reply.status, 400);
    assert.equal((reply.json as { error: { message: string } }).error.message, sentence);
  }
});

test("1,000 units fill ten pages, without repetition while other units come and go", async (t) => {
  const api = await testApi(t);
  const name = (n: number) => `u${String(n).padStart(4, "0")}.service`;
  const body = { desiredState: "inactive", options: OPTIONS };
  await Promise.all(Array.from({ length: 1000 }, (_, n) => api.call("PUT", `/fleet/v1/units/${name(n)}`, { body })));
  const seen: string[] = [];
  let token: string | undefined;
  let pages = 0;
  do {
    const query = token === undefined ? "" : `?nextPageToken=${encodeURIComponent(token)}&alt=json`;
    const page = (await api.call("GET", `/fleet/v1/units${query}`)).json as {
      units: { name: string }[];
      nextPageToken?: string;
    };
    assert.equal(page.units.length, 100);
    seen.push(...page.units.map((unit) => unit.name));
    token = page.nextPageToken;
    pages++;
    await api.call("DELETE", `/fleet/v1/units/${name(pages - 1)}`);
  } while (token !== undefined);
  assert.equal(pages, 10);
  assert.deepEqual(
    seen,
    Array.from({ length: 1000 }, (_, n) => name(n)),
  );
});

test("discovery serves fleet's document", async (t) => {
  const api = await testApi(t);
  const document = (await api.call("GET", "/fleet/v1/discovery")).json as { id: string; basePath: string };
  assert.equal(document.id, "fleet:v1");
  assert.equal(document.basePath, "/fleet/v1/");
});
