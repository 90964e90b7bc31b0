import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Cluster, waitFor } from "../lab/index.ts";
import { type Answer, type Api, type Call, CLIENTS, discoveryClient } from "./discovery-client.ts";
import { fleetdReady, startUnits } from "./running-units.ts";

const PORT = 49_153;
const SLEEP = [{ section: "Service", name: "ExecStart", value: "/bin/sleep 100000" }];
const OTHER = [{ section: "Service", name: "ExecStart", value: "/bin/sleep 200000" }];

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({
    hosts: 2,
    config: ({ name, ip }) =>
      name === "h1"
        ? { agent_ttl: "5s", metadata: "role=first", insecure_api: true }
        : { agent_ttl: "5s", listen: ["unix:///run/fleet.sock", `tcp://${ip}:${PORT}`], insecure_api: true },
    install: async ({ name, disk }) => {
      // h1 gets its TCP socket from systemd, as in CoreOS's documentation; h2's daemon opens its own.
      const [dropIn, text] =
        name === "h1"
          ? ["tcp.conf", `[Socket]\nListenStream=${PORT}\n`]
          : ["off.conf", "[Unit]\nConditionPathExists=/nonexistent\n"];
      await disk.write(`/etc/systemd/system/fleet.socket.d/${dropIn}`, text);
    },
  });
});
after(() => cluster.down());

const byUnixSocket = (base?: string): Api => ({
  from: cluster.host(1),
  endpoint: "unix:///var/run/fleet.sock",
  ...(base && { base }),
});
const byTcp = (host: 1 | 2, base?: string): Api => ({
  from: cluster.host(1),
  endpoint: `http://${cluster.host(host).ip}:${PORT}`,
  ...(base && { base }),
});

async function ask(api: Api, call: Call): Promise<Answer> {
  const { answers } = await discoveryClient(api, [call]);
  return answers[0] ?? assert.fail();
}

const put = (name: string, body: unknown): Call => ({ method: "Units.Set", parameters: { unitName: name }, body });
const get = (name: string): Call => ({ method: "Units.Get", parameters: { unitName: name } });
const destroy = (name: string): Call => ({ method: "Units.Delete", parameters: { unitName: name } });
const requiring = (...pairs: readonly [string, string][]) => ({
  options: [...SLEEP, ...pairs.map(([name, value]) => ({ section: "X-Fleet", name, value }))],
});
const withText = (text: string, headers: Readonly<Record<string, string>>): Call => ({
  method: "Units.Set",
  parameters: { unitName: "a.service" },
  text,
  headers,
});
const JSON_TYPE = { "Content-Type": "application/json" };

/** The requests to API v1, each with its expected status. */
const table: readonly (readonly [what: string, call: Call, status: number])[] = [
  ["units of an empty cluster", { method: "Units.List" }, 200],
  ["an unknown unit", get("a.service"), 404],
  ["destroying an unknown unit", destroy("a.service"), 404],
  ["a new unit without options", put("a.service", { desiredState: "launched" }), 409],
  ["a new unit with an empty list of options", put("a.service", { options: [], desiredState: "launched" }), 409],
  ["a new unit", put("a.service", { options: SLEEP, desiredState: "inactive" }), 201],
  ["the same options", put("a.service", { options: SLEEP, desiredState: "inactive" }), 204],
  ["a desired state alone", put("a.service", { desiredState: "loaded" }), 204],
  ["its own name in the body", put("a.service", { name: "a.service", desiredState: "inactive" }), 204],
  ["another name in the body", put("a.service", { name: "b.service", desiredState: "inactive" }), 400],
  ["nothing to change", put("a.service", { options: SLEEP }), 409],
  ["an empty object", put("a.service", {}), 409],
  ["an invalid desired state", put("a.service", { desiredState: "running" }), 400],
  ["other options", put("a.service", { options: OTHER }), 201],
  [
    "capitalised field names, as Go programs send them",
    put("a.service", { Name: "a.service", DesiredState: "inactive" }),
    204,
  ],
  ["a body that is not JSON", withText("desiredState=launched", JSON_TYPE), 400],
  ["a JSON array as the body", withText("[]", JSON_TYPE), 400],
  ["no body", withText("", JSON_TYPE), 400],
  ["a body with another content type", withText('{"desiredState":"loaded"}', { "Content-Type": "text/plain" }), 415],
  ["a body without a content type", withText('{"desiredState":"loaded"}', {}), 415],
  [
    "a content type with a charset",
    withText('{"desiredState":"inactive"}', { "Content-Type": "application/json; charset=utf-8" }),
    204,
  ],
  ["a name without a suffix", put("nosuffix", { options: SLEEP }), 400],
  ["a name with an unknown suffix", put("a.conf", { options: SLEEP }), 400],
  ["a name that begins with @", put("@a.service", { options: SLEEP }), 400],
  ["a name with a blank", put("a b.service", { options: SLEEP }), 400],
  ["a name with a slash", put("a/b.service", { options: SLEEP }), 400],
  ["a name of 257 characters", put(`${"x".repeat(249)}.service`, { options: SLEEP }), 400],
  ["a template", put("t@.service", { options: SLEEP, desiredState: "inactive" }), 201],
  ["a template of a type without templates", put("t@.mount", { options: SLEEP }), 400],
  ["launching a template", put("t@.service", { desiredState: "launched" }), 400],
  ["loading a new template", put("u@.service", { options: SLEEP, desiredState: "loaded" }), 400],
  ["an instance with an encoded @", put("t@1.service", { options: SLEEP, desiredState: "inactive" }), 201],
  ["reading an instance", get("t@1.service"), 200],
  ["reading an instance with a plain @", { raw: ["GET", "/units/t@1.service"] }, 200],
  ["MachineID with MachineOf", put("x.service", requiring(["MachineID", "m"], ["MachineOf", "a.service"])), 400],
  ["MachineID with Conflicts", put("x.service", requiring(["MachineID", "m"], ["Conflicts", "a.service"])), 400],
  ["MachineID with Global", put("x.service", requiring(["MachineID", "m"], ["Global", "true"])), 400],
  ["MachineID with Replaces", put("x.service", requiring(["MachineID", "m"], ["Replaces", "a.service"])), 400],
  ["Global with MachineOf", put("x.service", requiring(["Global", "true"], ["MachineOf", "a.service"])), 400],
  ["Global with Replaces", put("x.service", requiring(["Global", "true"], ["Replaces", "a.service"])), 400],
  ["Conflicts with Replaces", put("x.service", requiring(["Conflicts", "a.service"], ["Replaces", "b.service"])), 400],
  [
    "Conflicts with the unit of MachineOf",
    put("x.service", requiring(["MachineOf", "a.service"], ["Conflicts", "a*"])),
    400,
  ],
  [
    "Replaces with the unit of MachineOf",
    put("x.service", requiring(["MachineOf", "a.service"], ["Replaces", "a*"])),
    400,
  ],
  ["a refused unit was not created", get("x.service"), 404],
  ["states", { method: "UnitState.List" }, 200],
  ["the state of a unit without state", { method: "UnitState.Get", parameters: { unitName: "a.service" } }, 404],
  ["machines", { method: "Machines.List" }, 200],
  ["an invalid unit token", { method: "Units.List", parameters: { nextPageToken: "EwBMLg==" } }, 400],
  ["an invalid state token", { method: "UnitState.List", parameters: { nextPageToken: "EwBMLg==" } }, 400],
  ["an invalid machine token", { method: "Machines.List", parameters: { nextPageToken: "EwBMLg==" } }, 400],
  ["unknown query parameters", { raw: ["GET", "/units?alt=json&prettyPrint=false&fields=units"] }, 200],
  ["the discovery document", { raw: ["GET", "/discovery"] }, 200],
  ["POST on units", { raw: ["POST", "/units"], body: {} }, 405],
  ["DELETE on units", { raw: ["DELETE", "/units"] }, 405],
  ["POST on a unit", { raw: ["POST", "/units/a.service"], body: {} }, 405],
  ["PATCH on a unit", { raw: ["PATCH", "/units/a.service"], body: {} }, 405],
  ["PUT on states", { raw: ["PUT", "/state"], body: {} }, 405],
  ["PUT on machines", { raw: ["PUT", "/machines"], body: {} }, 405],
  ["PUT on discovery", { raw: ["PUT", "/discovery"], body: {} }, 405],
  ["the API's base", { raw: ["GET", ""] }, 405],
  ["an unknown path", { raw: ["GET", "/jobs"] }, 404],
  ["a path below a unit", { raw: ["GET", "/units/a.service/b"] }, 404],
  ["destroying a unit", destroy("a.service"), 204],
  ["destroying it again", destroy("a.service"), 404],
  ["destroying a template", destroy("t@.service"), 204],
  ["destroying an instance", destroy("t@1.service"), 204],
];

for (const [how, api] of [
  ["/fleet/v1 on the unix socket", () => byUnixSocket()],
  ["/v1-alpha on the unix socket", () => byUnixSocket("/v1-alpha")],
  ["/fleet/v1 on systemd's TCP socket", () => byTcp(1)],
  ["/v1-alpha on the daemon's own TCP socket", () => byTcp(2, "/v1-alpha")],
] as const) {
  test(`every request of the table gets its status from a client made from the discovery document: ${how}`, async () => {
    const { answers, connections } = await discoveryClient(
      api(),
      table.map(([, call]) => call),
    );
    for (const [index, [what, , status]] of table.entries()) {
      const answer = answers[index] ?? assert.fail(what);
      assert.equal(answer.status, status, `${what}: ${answer.text}`);
      assert.equal(answer.type, "application/json", what);
      if (status >= 400) {
        const { error } = answer.json as { error: { code: number; message: string } };
        assert.equal(error.code, status, what);
        assert.ok(error.message.length > 10, what);
      } else if (status !== 200) assert.equal(answer.text, "", what);
      if (status === 405) assert.notEqual(answer.allow, null, what);
    }
    assert.equal(connections, 1, "all requests use one connection");
  });
}

test("an empty list is an empty object", async () => {
  const { answers } = await discoveryClient(byUnixSocket(), [{ method: "Units.List" }, { method: "UnitState.List" }]);
  assert.deepEqual(
    answers.map(({ text }) => text),
    ["{}", "{}"],
  );
});

test("1,000 units are listed in ten pages, each unit once, by both daemons", async () => {
  const names = Array.from({ length: 1000 }, (_, index) => `page-${String(index).padStart(4, "0")}.service`);
  const body = { options: SLEEP, desiredState: "inactive" };
  const parts = Array.from({ length: 10 }, (_, part) => names.slice(part * 100, (part + 1) * 100));
  const made = await Promise.all(
    parts.map((part) =>
      discoveryClient(
        byTcp(1),
        part.map((name) => put(name, body)),
      ),
    ),
  );
  assert.ok(made.every(({ answers }) => answers.every(({ status }) => status === 201)));
  for (const api of [byUnixSocket(), byTcp(2)]) {
    const first = await ask(api, { method: "Units.List", all: "units" });
    const pages = [first, ...(first.pages ?? [])].map(({ json }) => json as { units: { name: string }[] });
    assert.deepEqual(
      pages.map(({ units }) => units.length),
      Array.from({ length: 10 }, () => 100),
    );
    assert.deepEqual(
      pages.flatMap(({ units }) => units.map(({ name }) => name)),
      names,
    );
    assert.equal("nextPageToken" in (pages.at(-1) ?? {}), false);
  }
  await cluster.fleetctl(cluster.host(1), ["destroy", "--no-block", "page-*"]);
  assert.equal((await ask(byUnixSocket(), { method: "Units.List" })).text, "{}");
});

test("entities have fleet's fields, and a client can compute a unit's hash from its options", async () => {
  const file =
    "# kept\n[Unit]\nDescription=Odd  one\nAfter=a.service b.service\n\n[Service]\nEnvironment=A=1 \\\n  B=2\nExecStart=/bin/sleep 100000\nExecStartPost=\n\n[Unit]\nDocumentation=man:sleep(1)\n";
  await startUnits(cluster, cluster.host(1), { "odd@1.service": file });
  const home = await cluster.waitForActive("odd@1.service");
  const { answers } = await discoveryClient(byTcp(2), [
    get("odd@1.service"),
    { method: "UnitState.List", parameters: { unitName: "odd@1.service" } },
    { method: "UnitState.Get", parameters: { unitName: "odd@1.service" } },
    { method: "UnitState.List", parameters: { machineID: "f".repeat(32) } },
    { method: "Machines.List" },
  ]);
  const [unit, states, state, none, machines] = answers.map(({ json }) => json as Record<string, unknown>);
  const machineID = await home.machineId();
  const { options, ...rest } = unit ?? {};
  assert.deepEqual(rest, { name: "odd@1.service", desiredState: "launched", currentState: "launched", machineID });
  const { stdout } = await home.run([join(CLIENTS, "unit_hash.py")], { input: JSON.stringify({ options }) });
  const expected = {
    name: "odd@1.service",
    hash: stdout.trim(),
    machineID,
    systemdLoadState: "loaded",
    systemdActiveState: "active",
    systemdSubState: "running",
  };
  assert.deepEqual([states, state, none], [{ states: [expected] }, expected, {}]);
  const here = (machines?.["machines"] as { id: string }[] | undefined)?.find(({ id }) => id === machineID);
  const metadata = home.name === "h1" ? { metadata: { role: "first" } } : {};
  assert.deepEqual(here, { id: machineID, primaryIP: home.ip, ...metadata });
  await cluster.fleetctl(cluster.host(1), ["destroy", "odd@1.service"]);
});

test("PATCH on machines accepts every form, applies all operations or none, and its metadata outlives a machine's absence", async () => {
  const ids = [await cluster.host(1).machineId(), await cluster.host(2).machineId(), "e".repeat(32)] as const;
  const path = (id: string, key: string): string => `/${id}/metadata/${key}`;
  const patch = (operations: unknown): Call => ({ raw: ["PATCH", "/machines"], body: operations });
  const metadata = async (host: 1 | 2): Promise<unknown> => {
    const { machines } = (await ask(byUnixSocket(), { method: "Machines.List" })).json as {
      machines: { id: string; metadata?: unknown }[];
    };
    return machines.find(({ id }) => id === ids[host - 1])?.metadata;
  };
  const good = [
    { op: "add", path: path(ids[0], "text"), value: "1" },
    { op: "add", path: path(ids[0], "object"), value: { value: "2" } },
    { op: "add", path: path(ids[1], "go"), Value: { value: "3" } },
    { op: "replace", path: path(ids[0], "role"), value: "second" },
    { op: "add", path: path(ids[2], "later"), value: "4" },
  ];
  const one = good[0] ?? assert.fail();
  for (const bad of [
    { ...one, op: "noop" },
    { ...one, path: `/${ids[0]}/text` },
    { ...one, path: path(ids[0], "a b") },
    { ...one, value: "" },
    { ...one, value: { value: "" } },
    { op: "add", path: path(ids[0], "text") },
  ]) {
    const answer = await ask(byTcp(2), patch([...good, bad]));
    assert.equal(answer.status, 400, JSON.stringify(bad));
    assert.equal((answer.json as { error: { code: number } }).error.code, 400);
  }
  assert.deepEqual([await metadata(1), await metadata(2)], [{ role: "first" }, undefined], "nothing was applied");
  assert.equal((await ask(byTcp(2), { raw: ["PATCH", "/machines"], text: "no", headers: {} })).status, 400);

  const done = await ask(byTcp(2), patch(good));
  assert.deepEqual([done.status, done.type, done.text], [204, "application/json", ""]);
  const expected = { text: "1", object: "2", role: "second" };
  assert.deepEqual([await metadata(1), await metadata(2)], [expected, { go: "3" }]);

  await cluster.host(1).run(["systemctl", "stop", "fleet.service", "fleet.socket"]);
  await cluster.waitForMachines(1, cluster.host(2));
  await cluster.host(1).run(["systemctl", "start", "fleet.socket", "fleet.service"]);
  await fleetdReady(cluster.host(1));
  await cluster.waitForMachines(2);
  assert.deepEqual(await metadata(1), expected);

  const removed = ["text", "object", "role"].map((key) => ({ op: "remove", path: path(ids[0], key) }));
  assert.equal((await ask(byTcp(2), patch([...removed, { op: "remove", path: path(ids[1], "go") }]))).status, 204);
  assert.deepEqual([await metadata(1), await metadata(2)], [undefined, undefined]);
});

test("a program can load a unit in one request and launch it in the next, through the socket's old path", async () => {
  const command = [join(CLIENTS, "load_then_launch.sh"), "steps.service", "/bin/sleep 100000"];
  assert.equal((await cluster.host(2).run(command)).stdout, "launched\n");
  await cluster.waitForActive("steps.service");
});

test("a program finds each state's machine in the list of machines, even right after a machine left", async () => {
  const program = [join(CLIENTS, "states_with_addresses.py"), `http://${cluster.host(2).ip}:${PORT}`];
  await cluster
    .host(1)
    .writeFile("/tmp/all.service", "[Service]\nExecStart=/bin/sleep 100000\n\n[X-Fleet]\nGlobal=true\n");
  await cluster.fleetctl(cluster.host(1), ["start", "/tmp/all.service"]);
  const rows = async (): Promise<string[]> => (await cluster.host(2).run(program)).stdout.trimEnd().split("\n");
  const both = cluster.hosts.map(({ ip }) => `all.service ${ip} active`);
  await waitFor("both copies to be listed", async () => {
    const listed = await rows();
    return both.every((row) => listed.includes(row));
  });
  await cluster.host(1).powerCut();
  // A machine and its states are listed until its lease ends, and then disappear together.
  const gone = await waitFor(
    "the machine to disappear",
    async () => {
      const left = await rows();
      return left.some((row) => row.includes(`${cluster.host(1).ip} `)) ? undefined : left;
    },
    { timeoutMs: 25_000, intervalMs: 100 },
  );
  assert.deepEqual(
    gone.filter((row) => row.startsWith("all.service")),
    [both[1]],
  );
  await cluster.host(1).powerOn();
  await cluster.waitForMachines(2, cluster.host(2));
  await cluster.fleetctl(cluster.host(2), ["destroy", "all.service"]);
});

test("fleet's own fleetctl restarts a unit and sees it launched again", async () => {
  const home = await cluster.waitForActive("steps.service");
  const before = await home.show("steps.service", "MainPID");
  const program = [join(CLIENTS, "restart_like_fleetctl.py"), `http://${cluster.host(2).ip}:${PORT}`, "steps.service"];
  assert.equal((await cluster.host(1).run(program)).stdout, "restarted\n");
  assert.equal(await cluster.waitForActive("steps.service"), home);
  assert.notDeepEqual(await home.show("steps.service", "MainPID"), before);
});

test("a program can wait until a destroyed unit has no states", async () => {
  const program = [join(CLIENTS, "wait_until_gone.py"), `http://${cluster.host(2).ip}:${PORT}`, "steps.service"];
  assert.equal((await cluster.host(1).run(program)).stdout, "gone\n");
});
