import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { StoreUnavailableError } from "@flotilla/store";
import { errorStatus } from "../../contract/error-ids.ts";
import { unitEntity } from "../../contract/v2/entities.ts";
import type { ErrorBody } from "../../contract/v2/error.ts";
import { machinesPage, unitsPage } from "../../contract/v2/requests.ts";
import { MACHINE_A, MACHINE_B, open, type Reply, type TestApi, testApi, until } from "../api.fixture.ts";
import { MachineUnreachableError, type UnitInspector } from "../ports.ts";

const FILE = "# Kept, byte for byte.\n[Unit]\nDescription=Grüße\n\n[Service]\nExecStart=/bin/sleep 1000\n\n";
const OTHER = "[Service]\nExecStart=/bin/true\n";
const UNIT = "/fleet/v2/units/a.service";

/** Submits a.service and puts it on machines that are in the cluster. */
async function placed(api: TestApi, file = FILE, machines = [MACHINE_A]): Promise<void> {
  await api.call("PUT", UNIT, { body: { file, desiredState: "launched" } });
  const { digest, hash } = (await api.units.get("a.service")) ?? assert.fail();
  for (const machine of machines) {
    await api.put(`machine/${machine}`, { id: machine, primaryIP: "10.0.0.1", capacity: { cpus: 2, memoryBytes: 1024 } });
    await api.put(`assignment/${machine}/a.service`, { digest, hash, desired: "launched" });
    await api.put(`state/${machine}/a.service`, { hash, load: "loaded", active: "active", sub: "running", launched: true });
  }
}

function errorIn({ json }: Reply): ErrorBody {
  return (json as { error: ErrorBody }).error;
}

test("every error has its id, its status and a sentence that names what is wrong", async (t) => {
  const api = await testApi(t);
  await api.call("PUT", UNIT, { body: { file: FILE } });
  const rows: readonly (readonly [string, string, unknown, string, RegExp])[] = [
    ["GET", "/units/no.service", undefined, "unit-not-found", /no\.service/],
    ["GET", "/units/no.service/file", undefined, "unit-not-found", /no\.service/],
    ["DELETE", "/units/no.service", undefined, "unit-not-found", /no\.service/],
    ["PUT", "/units/no.service", { desiredState: "launched" }, "unit-not-found", /submit/],
    ["PUT", "/units/no@1.service", { desiredState: "launched" }, "unit-not-found", /no@1\.service/],
    ["GET", "/units/no.service/status", undefined, "unit-not-found", /no\.service/],
    ["GET", "/units/a.service/status", undefined, "not-placed", /inactive/],
    ["GET", "/units/a.service/journal", undefined, "not-placed", /inactive/],
    ["GET", "/units/a.service/journal?lines=-1", undefined, "bad-query", /lines must be at least 0/],
    ["GET", "/units/a.service/journal?lines=x", undefined, "bad-query", /lines must be a number/],
    ["GET", "/units/a.service/journal?output=pretty", undefined, "bad-query", /output must be one of short,/],
    ["GET", "/units/a.service/journal?follow=1", undefined, "bad-query", /follow must be one of true, false/],
    ["GET", "/units?limit=0", undefined, "bad-query", /limit must be at least 1/],
    ["GET", "/units?limit=1001", undefined, "bad-query", /limit must be at most 1000/],
    ["GET", "/units?limt=5", undefined, "bad-query", /limt is not known in the query.*limit, pageToken, name/],
    ["GET", "/units?name=a&name=b", undefined, "bad-query", /name must be a string/],
    ["GET", "/units?pageToken=bogus", undefined, "bad-page-token", /bogus/],
    ["GET", "/machines?pageToken=dW5pdHMKYQ", undefined, "bad-page-token", /no page token of this list/],
    ["GET", "/watch?from=0", undefined, "bad-query", /from must be at least 1/],
    ["GET", "/version?x=1", undefined, "bad-query", /x is not known/],
    ["PUT", "/units/a.service", '{"file": ', "bad-json", /line 1, column 10/],
    ["PUT", "/units/a.service", '{\n "file": hello}', "bad-json", /line 2, column 10/],
    ["PUT", "/units/a.service", "[1,]", "bad-json", /line 1, column 4/],
    ["PUT", "/units/a.service", "", "bad-json", /empty/],
    ["PUT", "/units/a.service", Buffer.from([0x22, 0xff, 0x22]), "bad-json", /UTF-8/],
    ["PUT", "/units/a.service", [], "bad-request", /the body must be an object/],
    ["PUT", "/units/a.service", { desired: "launched" }, "bad-request", /desired is not known in the body.*desiredState/],
    ["PUT", "/units/a.service", { desiredState: "started" }, "bad-request", /desiredState must be one of inactive, loaded, launched/],
    ["PUT", "/units/a.service", { file: 1 }, "bad-request", /file must be a string/],
    ["PUT", "/units/noSuffix", { file: FILE }, "bad-unit-name", /suffix/],
    ["PUT", "/units/..%2Fx.service", { file: FILE }, "bad-unit-name", /"\/"/],
    ["PUT", `/units/${"x".repeat(300)}.service`, { file: FILE }, "bad-unit-name", /308 characters/],
    ["PUT", "/units/b.service", { file: "hello" }, "bad-unit-file", /line 1|section/i],
    ["PUT", "/units/b.service", { file: "" }, "bad-unit-file", /section/],
    ["PUT", "/units/b.service", { file: "[Service]\nA=\ud800\n" }, "bad-unit-file", /surrogate/],
    ["PUT", "/units/b.service", { file: `${FILE}[X-Fleet]\nMachineID=x\nConflicts=a.service\n` }, "bad-requirements", /MachineID/],
    ["PUT", "/units/b.service", { file: `[Service]\n${"#".repeat(1024 * 1024)}\n` }, "unit-file-too-large", /1048576/],
    ["PUT", "/units/b@.service", { file: FILE, desiredState: "launched" }, "template-not-runnable", /b@1\.service/],
    ["PATCH", `/machines/${MACHINE_A}/metadata`, { set: { "a b": "c" } }, "bad-request", /a b/],
    ["PATCH", `/machines/${MACHINE_A}/metadata`, { set: { a: "" } }, "bad-request", /set\.a must not be empty/],
    ["PATCH", `/machines/${MACHINE_A}/metadata`, { add: {} }, "bad-request", /add is not known/],
    ["GET", "/nothing", undefined, "route-not-found", /openapi/],
    ["POST", "/units", {}, "method-not-allowed", /use GET, HEAD/],
  ];
  for (const [method, path, body, id, sentence] of rows) {
    const reply = await api.call(method, `/fleet/v2${path}`, { body });
    const what = `${method} ${path}: ${reply.text}`;
    assert.equal(errorIn(reply)?.id, id, what);
    assert.equal(reply.status, errorStatus[id as keyof typeof errorStatus], what);
    assert.match(errorIn(reply).message, sentence, what);
  }
  assert.equal((await api.call("GET", "/fleet/v2/units")).text.includes("b.service"), false, "a refused request changes nothing");
});

test("a unit's life, byte for byte, each answer with its revision", async (t) => {
  const api = await testApi(t);
  const steps = [
    [{ file: FILE }, 201, { created: true, changed: true, differs: false, desiredState: "inactive" }],
    [{ file: FILE, desiredState: "launched" }, 200, { created: false, changed: true, differs: false, desiredState: "launched" }],
    [{ desiredState: "launched" }, 200, { created: false, changed: false, differs: false, desiredState: "launched" }],
    [{ file: OTHER }, 200, { created: false, changed: false, differs: true, desiredState: "launched" }],
    [{ file: OTHER, replace: true }, 200, { created: false, changed: true, differs: false, desiredState: "launched" }],
    [{ file: `# new comment\n${OTHER}` }, 200, { created: false, changed: false, differs: false, desiredState: "launched" }],
    [{ file: FILE, replace: true, desiredState: "loaded" }, 200, { created: false, changed: true, differs: false, desiredState: "loaded" }],
  ] as const;
  let revision = 0;
  for (const [body, status, expected] of steps) {
    const reply = await api.call("PUT", UNIT, { body });
    const { created, changed, differs, unit } = reply.json as { created: boolean; changed: boolean; differs: boolean; unit: { desiredState: string } };
    assert.equal(reply.status, status);
    assert.deepEqual({ created, changed, differs, desiredState: unit.desiredState }, expected);
    assert.ok(Number(reply.headers["fleet-revision"]) >= revision);
    revision = Number(reply.headers["fleet-revision"]);
  }
  const file = await api.call("GET", `${UNIT}/file`);
  assert.equal(file.text, FILE);
  assert.equal(file.headers["content-type"], "text/plain; charset=utf-8");
  assert.ok(Number(file.headers["fleet-revision"]) >= revision);
  assert.equal((await api.call("DELETE", UNIT)).status, 204);
  assert.equal((await api.call("GET", UNIT)).status, 404);
});

test("an instance is made from a template in the cluster, and goes its own way afterwards", async (t) => {
  const api = await testApi(t);
  await api.call("PUT", "/fleet/v2/units/web@.service", { body: { file: FILE } });
  const made = await api.call("PUT", "/fleet/v2/units/web%401.service", { body: { desiredState: "launched" } });
  assert.equal(made.status, 201);
  assert.equal((await api.call("GET", "/fleet/v2/units/web@1.service/file")).text, FILE);
  await api.call("PUT", "/fleet/v2/units/web@.service", { body: { file: OTHER, replace: true } });
  const again = await api.call("PUT", "/fleet/v2/units/web@1.service", { body: { desiredState: "loaded" } });
  assert.equal(again.status, 200);
  assert.equal((await api.call("GET", "/fleet/v2/units/web@1.service/file")).text, FILE);
});

test("an unknown [X-Fleet] option is accepted with a warning", async (t) => {
  const api = await testApi(t);
  const reply = await api.call("PUT", UNIT, { body: { file: `${FILE}[X-Fleet]\nConflict=b.service\n` } });
  assert.equal(reply.status, 201);
  assert.match((reply.json as { warnings: string[] }).warnings.join(), /Conflicts=/);
});

test("a unit shows where it is and how it fares", async (t) => {
  const api = await testApi(t);
  await placed(api);
  const unit = unitEntity.strict().parse((await api.call("GET", UNIT)).json);
  assert.equal(unit.currentState, "launched");
  assert.equal(unit.description, "Grüße");
  assert.deepEqual(unit.machines.map(({ machineID, desired }) => [machineID, desired]), [[MACHINE_A, "launched"]]);
  assert.equal(unit.states[0]?.sub, "running");
  const { machines } = machinesPage.parse((await api.call("GET", "/fleet/v2/machines")).json);
  assert.equal(machines[0]?.units, 1);
  assert.equal(machines[0]?.self, true);
  const states = (await api.call("GET", `/fleet/v2/states?unitName=a.service&machineID=${MACHINE_A}`)).json as { states: unknown[] };
  assert.deepEqual(states.states, unit.states);
});

test("a global unit is as far as the last of its machines", async (t) => {
  const api = await testApi(t);
  await placed(api, `${FILE}[X-Fleet]\nGlobal=true\n`, [MACHINE_A, MACHINE_B]);
  const currentState = async () => ((await api.call("GET", UNIT)).json as { currentState: string }).currentState;
  assert.equal(await currentState(), "launched");
  await api.put(`state/${MACHINE_B}/a.service`, { hash: "x", load: "loaded", active: "inactive", sub: "dead" });
  assert.equal(await currentState(), "loaded");
});

test("a unit without a place says why, and nobody is asked why of one that should have none", async (t) => {
  const asked: string[] = [];
  const api = await testApi(t, { explain: (_, name) => (asked.push(name), ["1 machine: metadata region=eu missing"]) });
  await api.call("PUT", "/fleet/v2/units/idle.service", { body: { file: FILE } });
  await api.call("PUT", UNIT, { body: { file: FILE, desiredState: "launched" } });
  const { units } = unitsPage.parse((await api.call("GET", "/fleet/v2/units")).json);
  assert.deepEqual(units.map(({ reasons }) => reasons), [["1 machine: metadata region=eu missing"], undefined]);
  assert.deepEqual(asked, ["a.service"]);
  const status = await api.call("GET", `${UNIT}/status`);
  assert.equal(status.status, 409);
  assert.deepEqual(errorIn(status).reasons, ["1 machine: metadata region=eu missing"]);
});

test("pages by limit and glob", async (t) => {
  const api = await testApi(t);
  for (const name of ["b1.service", "b2.service", "a1.service", "b3.service"]) await api.call("PUT", `/fleet/v2/units/${name}`, { body: { file: OTHER } });
  const first = unitsPage.parse((await api.call("GET", "/fleet/v2/units?limit=2&name=b*")).json);
  assert.deepEqual(first.units.map(({ name }) => name), ["b1.service", "b2.service"]);
  const second = unitsPage.parse((await api.call("GET", `/fleet/v2/units?limit=2&name=b*&pageToken=${first.nextPageToken}`)).json);
  assert.deepEqual(second.units.map(({ name }) => name), ["b3.service"]);
  assert.equal(second.nextPageToken, undefined);
});

test("status and journal come from the unit's machine, or the one that is named", async (t) => {
  const api = await testApi(t);
  await placed(api, `${FILE}[X-Fleet]\nGlobal=true\n`, [MACHINE_A, MACHINE_B]);
  const all = (await api.call("GET", `${UNIT}/status`)).json as { statuses: { machineID: string; text: string }[] };
  assert.deepEqual(all.statuses.map(({ machineID }) => machineID), [MACHINE_A, MACHINE_B]);
  const one = (await api.call("GET", `${UNIT}/status?machine=bb`)).json as { statuses: unknown[] };
  assert.deepEqual(one.statuses, [{ machineID: MACHINE_B, code: 0, text: `a.service on ${MACHINE_B}\n` }]);
  assert.equal(errorIn(await api.call("GET", `${UNIT}/journal`)).id, "ambiguous-machine");
  assert.equal(errorIn(await api.call("GET", `${UNIT}/journal?machine=c`)).id, "machine-not-found");
  const journal = await api.call("GET", `${UNIT}/journal?machine=a&lines=5&output=cat`);
  assert.equal(journal.text, `a.service ${MACHINE_A} 5 false cat\n`);
});

test("a machine that does not answer does not hide the others", async (t) => {
  const inspector = {
    status: async (machineID: string) => {
      if (machineID === MACHINE_B) throw new MachineUnreachableError("Machine bbb cannot be reached.");
      return { code: 3, text: "dead\n" };
    },
    journal: async () => {
      throw new MachineUnreachableError("Machine cannot be reached.");
    },
  };
  const api = await testApi(t, { inspector });
  await placed(api, `${FILE}[X-Fleet]\nGlobal=true\n`, [MACHINE_A, MACHINE_B]);
  const { statuses } = (await api.call("GET", `${UNIT}/status`)).json as { statuses: { code: number }[] };
  assert.deepEqual(statuses.map(({ code }) => code), [3, 4]);
  assert.equal((await api.call("GET", `${UNIT}/status?machine=b`)).status, 502);
  assert.equal((await api.call("GET", `${UNIT}/journal?machine=a`)).status, 502);
});

test("a followed journal begins before the unit logs, and ends with its reader", async (t) => {
  const journal = new PassThrough();
  const asked = Promise.withResolvers<AbortSignal>();
  const inspector: UnitInspector = {
    status: async () => ({ code: 0, text: "" }),
    journal: async (_machine, _unit, _request, signal) => (asked.resolve(signal), journal),
  };
  const api = await testApi(t, { inspector });
  await placed(api);
  const answer = await open(api.tcp, { method: "GET", path: `${UNIT}/journal?follow=true`, agent: false });
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers["content-type"], "text/plain; charset=utf-8");
  journal.write("hello\n");
  assert.equal(String((await once(answer, "data"))[0]), "hello\n");
  answer.destroy();
  const signal = await asked.promise;
  await until(() => signal.aborted && journal.destroyed);
});

test("metadata is set and unset", async (t) => {
  const api = await testApi(t);
  await api.put(`machine/${MACHINE_A}`, { id: MACHINE_A, metadata: { own: "1" } });
  const reply = await api.call("PATCH", `/fleet/v2/machines/${MACHINE_A}/metadata`, { body: { set: { x: "2" }, unset: ["own"] } });
  assert.equal(reply.status, 204);
  assert.ok(Number(reply.headers["fleet-revision"]) > 0);
  const { machines } = machinesPage.parse((await api.call("GET", "/fleet/v2/machines")).json);
  assert.deepEqual(machines[0]?.metadata, { x: "2" });
});

test("a body over the limit is refused without being read to its end", async (t) => {
  const api = await testApi(t, { bodyLimit: 2_000 });
  const reply = await api.call("PUT", UNIT, { body: { file: "x".repeat(3_000) } });
  assert.equal(reply.status, 413);
  assert.equal(errorIn(reply).id, "body-too-large");
});

test("without the store: 503, when to try again, and that units go on", async (t) => {
  let away = false;
  const before = async (): Promise<void> => {
    if (away) throw new StoreUnavailableError("etcd at 10.0.0.9:2379 refused the connection.");
  };
  const api = await testApi(t, { faults: { before } });
  await api.call("PUT", UNIT, { body: { file: FILE } });
  away = true;
  for (const [method, path, body] of [
    ["GET", "/fleet/v1/units", undefined],
    ["GET", "/fleet/v2/units", undefined],
    ["GET", "/fleet/v2/watch", undefined],
    ["PUT", UNIT, { desiredState: "launched" }],
  ] as const) {
    const reply = await api.call(method, path, { body });
    assert.equal(reply.status, 503, path);
    assert.equal(reply.headers["retry-after"], "1", path);
    assert.match(errorIn(reply).message, /refused the connection.*Units go on running/, path);
  }
});

test("a daemon that cannot serve says why on every route but its metrics", async (t) => {
  const api = await testApi(t, { availability: () => "Another daemon has this machine's ID.", metrics: async () => "up 1\n" });
  for (const path of ["/fleet/v1/units", "/v1-alpha/units", "/fleet/v2/units", "/nothing"]) {
    const reply = await api.call("GET", path);
    assert.equal(reply.status, 503, path);
    assert.equal(reply.headers["retry-after"], "1");
    assert.match(errorIn(reply).message, /Another daemon/);
  }
  const metrics = await api.call("GET", "/metrics");
  assert.equal(metrics.status, 200);
  assert.equal(metrics.text, "up 1\n");
  assert.match(metrics.headers["content-type"] ?? "", /^text\/plain; version=0\.0\.4/);
});

test("version names the machine and the leader", async (t) => {
  const api = await testApi(t);
  await api.put("engine/leader", { machineID: MACHINE_B });
  assert.deepEqual((await api.call("GET", "/fleet/v2/version")).json, { version: "1.2.3", machineID: MACHINE_A, leader: MACHINE_B });
});
