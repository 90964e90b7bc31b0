import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE_A, MACHINE_B, testApi } from "../api.fixture.ts";
import { MachineUnreachableError } from "../ports.ts";
import { errorIn, FILE, placed, UNIT } from "./v2.fixture.ts";

interface Result {
  readonly machineID: string;
  readonly ok: boolean;
  readonly message: string;
}

const resultsIn = ({ json }: { readonly json: unknown }): readonly Result[] => (json as { results: Result[] }).results;
const GLOBAL = `${FILE}[X-Fleet]\nGlobal=true\n`;

test("an action runs on all of the unit's machines, or on the named machine", async (t) => {
  const api = await testApi(t);
  await placed(api, GLOBAL, [MACHINE_A, MACHINE_B]);
  const all = resultsIn(await api.call("POST", `${UNIT}/actions`, { body: { action: "restart" } }));
  assert.deepEqual(all, [
    { machineID: MACHINE_A, ok: true, message: `{"kind":"restart"} a.service ${MACHINE_A}` },
    { machineID: MACHINE_B, ok: true, message: `{"kind":"restart"} a.service ${MACHINE_B}` },
  ]);
  const kill = { action: "kill", machine: "bb", signal: "SIGUSR1", whom: "main" };
  const one = resultsIn(await api.call("POST", `${UNIT}/actions`, { body: kill }));
  assert.deepEqual(
    one.map(({ message }) => message),
    [`{"kind":"kill","signal":10,"whom":"main"} a.service ${MACHINE_B}`],
  );
  const [byDefault] = resultsIn(await api.call("POST", `${UNIT}/actions`, { body: { action: "kill", machine: "a" } }));
  assert.match(byDefault?.message ?? "", /"signal":15,"whom":"all"/);
});

test("an unreachable machine does not hide the results of the others", async (t) => {
  const operator = {
    act: async (machineID: string) => {
      if (machineID === MACHINE_B) throw new MachineUnreachableError("Machine bbb cannot be reached.");
      return { ok: false, message: "Job type reload is not applicable for unit a.service." };
    },
  };
  const api = await testApi(t, { operator });
  await placed(api, GLOBAL, [MACHINE_A, MACHINE_B]);
  const results = resultsIn(await api.call("POST", `${UNIT}/actions`, { body: { action: "reload" } }));
  assert.deepEqual(
    results.map(({ ok, message }) => [ok, message]),
    [
      [false, "Job type reload is not applicable for unit a.service."],
      [false, "Machine bbb cannot be reached."],
    ],
  );
  const alone = await api.call("POST", `${UNIT}/actions`, { body: { action: "reload", machine: "b" } });
  assert.equal(errorIn(alone).id, "machine-unreachable");
});

test("an invalid action is refused before any machine acts", async (t) => {
  const api = await testApi(t, { operator: { act: () => assert.fail("asked") } });
  await api.call("PUT", UNIT, { body: { file: FILE } });
  const rows: readonly (readonly [unknown, string, RegExp])[] = [
    [{ action: "kill" }, "not-placed", /inactive/],
    [{ action: "destroy" }, "bad-request", /action/],
    [{}, "bad-request", /action/],
    [{ action: "kill", signal: "NOPE" }, "bad-request", /cannot parse signal "NOPE"; write HUP/],
    [{ action: "kill", signal: 65 }, "bad-request", /cannot parse signal 65; write HUP/],
    [{ action: "kill", whom: "everyone" }, "bad-request", /whom must be one of main, control, all/],
    [{ action: "restart", signal: 9 }, "bad-request", /unknown field signal in the body/],
    [{ action: "restart", machine: "" }, "bad-request", /machine must not be empty/],
  ];
  for (const [body, id, sentence] of rows) {
    const reply = await api.call("POST", `${UNIT}/actions`, { body });
    assert.equal(errorIn(reply).id, id, reply.text);
    assert.match(errorIn(reply).message, sentence);
  }
  const unknown = await api.call("POST", "/fleet/v2/units/no.service/actions", { body: { action: "kill" } });
  assert.equal(errorIn(unknown).id, "unit-not-found");
});
