import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { type Logger, silentLogger } from "@flotilla/runtime";
import { fakeInspector, MACHINE_A, MACHINE_B, open, testApi, until } from "../api.fixture.ts";
import { MachineUnreachableError, type UnitInspector } from "../ports.ts";
import { errorIn, FILE, placed, UNIT } from "./v2.fixture.ts";

test("status and journal come from the unit's machine, or from the named machine", async (t) => {
  const api = await testApi(t);
  await placed(api, `${FILE}[X-Fleet]\nGlobal=true\n`, [MACHINE_A, MACHINE_B]);
  const all = (await api.call("GET", `${UNIT}/status`)).json as { statuses: { machineID: string; text: string }[] };
  assert.deepEqual(
    all.statuses.map(({ machineID }) => machineID),
    [MACHINE_A, MACHINE_B],
  );
  const one = (await api.call("GET", `${UNIT}/status?machine=bb`)).json as { statuses: unknown[] };
  assert.deepEqual(one.statuses, [{ machineID: MACHINE_B, code: 0, text: `a.service on ${MACHINE_B}\n` }]);
  assert.equal(errorIn(await api.call("GET", `${UNIT}/journal`)).id, "ambiguous-machine");
  assert.equal(errorIn(await api.call("GET", `${UNIT}/journal?machine=c`)).id, "machine-not-found");
  const journal = await api.call("GET", `${UNIT}/journal?machine=a&lines=5&output=cat`);
  assert.equal(journal.text, `a.service ${MACHINE_A} 5 false cat\n`);
  const after = await api.call("GET", `${UNIT}/journal?machine=a&cursor=s%3D0a%3Bi%3D1f`);
  assert.equal(after.text, `a.service ${MACHINE_A} 10 false short s=0a;i=1f\n`);
  const bad = errorIn(await api.call("GET", `${UNIT}/journal?machine=a&cursor=--vacuum-size%3D1`));
  assert.deepEqual([bad.id, bad.message], ["bad-query", "cursor must be the __CURSOR of a journal entry"]);
});

test("only the journal may come from a machine where the current version of the unit failed before it moved", async (t) => {
  const api = await testApi(t);
  await placed(api);
  const unit = (await api.units.get("a.service")) ?? assert.fail();
  const failed = [{ machineID: MACHINE_B, since: 1, at: 0, reason: "It crashed." }];
  await api.put("attempts/a.service", { unitRevision: unit.revision, failed });
  assert.equal((await api.call("GET", `${UNIT}/journal?machine=b`)).text, `a.service ${MACHINE_B} 10 false short\n`);
  assert.equal((await api.call("GET", `${UNIT}/journal`)).text, `a.service ${MACHINE_A} 10 false short\n`);
  assert.equal((await api.call("GET", `${UNIT}/status?machine=b`)).status, 404);
  await api.put("attempts/a.service", { unitRevision: 0, failed });
  assert.equal(errorIn(await api.call("GET", `${UNIT}/journal?machine=b`)).id, "machine-not-found");
});

test("a unit with a copy only on an away machine shows the reasons", async (t) => {
  const api = await testApi(t, {
    explain: (units) =>
      Promise.resolve(new Map(units.map((unit) => [unit, ["a.service cannot be placed", "it is held"]]))),
  });
  await placed(api, FILE, []);
  const copy = { digest: "d", hash: "h", desired: "launched", leaving: true };
  await api.put(`assignment/${MACHINE_B}/a.service`, copy);
  const { id, reasons } = errorIn(await api.call("GET", `${UNIT}/status`));
  assert.deepEqual([id, reasons], ["not-placed", ["a.service cannot be placed", "it is held"]]);
});

test("a template is on no machine, and the error names an instance", async (t) => {
  const api = await testApi(t);
  await api.call("PUT", "/fleet/v2/units/web@.service", { body: { file: FILE } });
  const { id, message } = errorIn(await api.call("GET", "/fleet/v2/units/web@.service/status"));
  assert.equal(id, "not-placed");
  assert.match(message, /^template web@\.service is on no machine; name an instance, such as web@1\.service$/);
});

test("an unreachable machine does not hide the answers of the others", async (t) => {
  const inspector = {
    ...fakeInspector,
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
  assert.deepEqual(
    statuses.map(({ code }) => code),
    [3, 4],
  );
  assert.equal((await api.call("GET", `${UNIT}/status?machine=b`)).status, 502);
  assert.equal((await api.call("GET", `${UNIT}/journal?machine=a`)).status, 502);
});

test("a followed journal begins before the unit logs, and ends when its reader leaves", async (t) => {
  const journal = new PassThrough();
  const asked = Promise.withResolvers<AbortSignal>();
  const inspector: UnitInspector = {
    ...fakeInspector,
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

test("a failed journal stream is logged, a reader's disconnect is not", async (t) => {
  const journals: PassThrough[] = [];
  const told: string[] = [];
  const log: Logger = {
    ...silentLogger,
    warn: (message, fields) => void told.push(`${message}: ${String(fields?.["error"])}`),
    child: () => log,
  };
  const inspector: UnitInspector = {
    ...fakeInspector,
    status: async () => ({ code: 0, text: "" }),
    journal: async () => {
      const journal = new PassThrough();
      journals.push(journal);
      return journal;
    },
  };
  const api = await testApi(t, { inspector, log });
  await placed(api);
  const ask = { method: "GET", path: `${UNIT}/journal?follow=true`, agent: false };
  const left = await open(api.tcp, ask);
  left.destroy();
  await until(() => journals[0]?.destroyed === true);
  const broken = await open(api.tcp, ask);
  broken.on("error", () => {});
  journals[1]?.destroy(Object.assign(new Error("no watches are left"), { code: "systemd-reader" }));
  await until(() => broken.destroyed);
  assert.deepEqual(told, ["a journal stream failed: no watches are left"]);
});
