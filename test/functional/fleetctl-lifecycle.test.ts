import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { putFiles, SLEEPER } from "./running-units.ts";

const HELLO =
  "[Unit]\nDescription=Hello World\n\n[Service]\nExecStart=/bin/sh -c 'while :; do echo Hello, World!; sleep 1; done'\n";

let cluster: Cluster;
let host: Host;
before(async () => {
  cluster = await Cluster.boot({ hosts: 1, config: () => ({ metadata: "b=2,a=1" }) });
  host = cluster.host(1);
});
after(() => cluster.down());
afterEach(async () => {
  const left = await list("list-unit-files", "--fields=unit");
  if (left.length > 0) await fleetctl("destroy", ...left);
});

async function fleetctl(...args: readonly string[]): Promise<string> {
  return (await cluster.fleetctl(host, args)).stdout;
}

async function list(
  command: "list-units" | "list-unit-files" | "list-machines",
  ...args: readonly string[]
): Promise<string[]> {
  return (await fleetctl(command, "--no-legend", ...args)).split("\n").filter((line) => line !== "");
}

const instances = (count: number): string[] => Array.from({ length: count }, (_, n) => `hello@${n + 1}.service`);
const files = (names: readonly string[]): string[] => names.map((name) => `/tmp/units/${name}`);

for (const [bring, undo, count, visible] of [
  ["submit", "destroy", 9, () => list("list-unit-files", "--fields=unit")],
  ["load", "unload", 6, () => list("list-units", "--fields=unit")],
  ["start", "stop", 3, activeUnits],
] as const) {
  test(`${bring} and ${undo} handle ${count} units in one call, repeatedly`, async () => {
    const names = instances(count);
    await putFiles(host, Object.fromEntries(names.map((name) => [name, SLEEPER])));
    for (const round of [1, 2]) {
      await fleetctl(bring, ...files(names));
      assert.deepEqual(await visible(), names, `round ${round}`);
      await fleetctl(undo, ...names);
      await waitFor("all units to be gone", async () => (await visible()).length === 0);
    }
  });

  test(`${bring} --replace replaces the files of ${count} units`, async () => {
    const names = instances(count);
    await putFiles(host, Object.fromEntries(names.map((name) => [name, SLEEPER])));
    await fleetctl(bring, ...files(names));
    await putFiles(host, Object.fromEntries(names.map((name) => [name, HELLO])));
    await fleetctl(bring, "--replace", ...files(names));
    assert.deepEqual(await visible(), names);
    for (const name of names) assert.equal(await fleetctl("cat", name), HELLO);
  });
}

async function activeUnits(): Promise<string[]> {
  const rows = await list("list-units", "--fields=unit,active");
  return rows.map((row) => row.split(/\s+/)).flatMap(([unit = "", active]) => (active === "active" ? [unit] : []));
}

test("restart stops and starts several units one after the other", async () => {
  const names = instances(3);
  await putFiles(host, Object.fromEntries(names.map((name) => [name, SLEEPER])));
  await fleetctl("start", ...files(names));
  const began = async (): Promise<number[]> => {
    const times: number[] = [];
    for (const name of names) {
      const { ActiveEnterTimestampMonotonic = "" } = await host.show(name, "ActiveEnterTimestampMonotonic");
      times.push(Number(ActiveEnterTimestampMonotonic));
    }
    return times;
  };
  const before = Math.max(...(await began()));
  await fleetctl("restart", ...names);
  const after = await began();
  assert.ok(after.every((time) => time > before));
  assert.deepEqual(
    after,
    after.toSorted((a, b) => a - b),
  );
  assert.deepEqual(await activeUnits(), names);
});

test("units are listed in the order of their names", async () => {
  const names = Array.from({ length: 20 }, (_, n) => `hello@${String(n + 1).padStart(2, "0")}.service`);
  await putFiles(host, Object.fromEntries(names.map((name) => [name, SLEEPER])));
  await fleetctl("submit", ...files(names.toReversed()));
  assert.deepEqual(await list("list-unit-files", "--fields=unit"), names);
});

test("status of loaded and active units and their journals are shown without SSH", async () => {
  await putFiles(host, { "hello.service": HELLO });
  await fleetctl("load", "/tmp/units/hello.service");
  const loaded = await cluster.fleetctl(host, ["status", "hello.service"], { check: false });
  assert.match(loaded.stdout, /Loaded: loaded/);
  assert.equal(loaded.code, 3);
  await fleetctl("start", "hello.service");
  assert.match(await fleetctl("--strict-host-key-checking=false", "status", "hello.service"), /Active: active/);
  await waitFor("the unit's journal", async () =>
    /Hello, World!/.test(await fleetctl("journal", "--sudo", "hello.service")),
  );
});

test("each step of a unit's life is reported in fleet's words", async () => {
  const place = `${(await host.machineId()).slice(0, 8)}.../${host.ip}`;
  await putFiles(host, { "hello.service": HELLO, "all.service": `${SLEEPER}\n[X-Fleet]\nGlobal=true\n` });
  const said = async (...args: readonly string[]): Promise<string[]> => {
    const { stdout, stderr } = await cluster.fleetctl(host, args);
    return [stdout, stderr];
  };
  const file = "/tmp/units/hello.service";
  assert.deepEqual(await said("submit", file), ["Unit hello.service inactive\n", ""]);
  assert.deepEqual(await said("submit", file), ["", ""]);
  assert.deepEqual(await said("load", file), [`Unit hello.service loaded on ${place}\n`, ""]);
  assert.deepEqual(await said("start", "hello"), [`Unit hello.service launched on ${place}\n`, ""]);
  assert.deepEqual(await said("start", "hello.service"), ["", ""]);
  assert.deepEqual(await said("stop", "hello.service"), [
    `Unit hello.service loaded on ${place}\n`,
    "Successfully stopped units [hello.service].\n",
  ]);
  assert.deepEqual(await said("stop", "hello.service"), ["", ""]);
  assert.deepEqual(await said("start", "--no-block", "hello.service"), ["Triggered unit hello.service start\n", ""]);
  assert.deepEqual(await said("unload", "hello.service"), [
    "Unit hello.service inactive\n",
    "Successfully unloaded units [hello.service].\n",
  ]);
  assert.deepEqual(await said("destroy", "hello.service"), ["Destroyed hello.service\n", ""]);
  const [started = ""] = await said("start", "/tmp/units/all.service");
  assert.match(started, /^Triggered global unit all\.service start$/m);
});

test("listings have fleet's columns with one word each, full IDs with --full, and no output without rows", async () => {
  const id = await host.machineId();
  assert.equal(await fleetctl("list-units", "--no-legend"), "");
  assert.equal(await fleetctl("list-units"), "UNIT\tMACHINE\tACTIVE\tSUB\n");
  assert.equal(await fleetctl("list-unit-files"), "UNIT\tHASH\tDSTATE\tSTATE\tTARGET\n");
  const machine = { MACHINE: `${id.slice(0, 8)}...`, IP: host.ip, METADATA: "a=1,b=2" };
  assert.deepEqual(await list("list-machines", "--compat"), [Object.values(machine).join("\t")]);
  const [more = ""] = await list("list-machines");
  assert.match(more, /^\S+\t\S+\ta=1,b=2\th1\tready\t\S+\t0\tcpu=0,memory=0B,disk=0B\tcpu=\S+$/);
  assert.deepEqual(await list("list-machines", "--full", "--fields=machine"), [id]);
  await putFiles(host, {
    "hello.service": HELLO,
    "t@.service": HELLO,
    "all.service": `${SLEEPER}\n[X-Fleet]\nGlobal=true\n`,
  });
  await fleetctl("submit", "/tmp/units/t@.service", "/tmp/units/all.service");
  await fleetctl("start", "/tmp/units/hello.service");
  const words = async (...args: Parameters<typeof list>): Promise<string[][]> =>
    (await list(...args)).map((row) => row.split(/\t+/));
  const [row] = await words("list-units", "--full", "--fields=unit,load,active,sub,machine,hash");
  assert.deepEqual(row?.slice(0, 5), ["hello.service", "loaded", "active", "running", `${id}/${host.ip}`]);
  assert.match(row?.[5] ?? "", /^[0-9a-f]{40}$/);
  const rows = await words("list-unit-files", "--fields=unit,dstate,state,target,tmachine,global,desc");
  const place = `${id.slice(0, 8)}.../${host.ip}`;
  assert.deepEqual(rows, [
    ["all.service", "inactive", "-", "global", "global", "true", "Sleeps"],
    ["hello.service", "launched", "launched", place, place, "false", "Hello World"],
    ["t@.service", "inactive", "inactive", "-", "-", "false", "Hello World"],
  ]);
  const hashes = await list("list-unit-files", "--fields=hash");
  assert.ok(hashes.every((hash) => /^[0-9a-f]{7}$/.test(hash)));
});

test("globs match names in the cluster; an instance comes from the submitted template or else from a local file", async () => {
  await putFiles(host, { "web@.service": SLEEPER });
  await fleetctl("start", "/tmp/units/web@1.service", "/tmp/units/web@2");
  await fleetctl("submit", "/tmp/units/web@.service");
  await fleetctl("start", "web@3.service");
  assert.equal(await fleetctl("cat", "web@3.service"), SLEEPER);
  await fleetctl("stop", "web@[12].service");
  assert.deepEqual(await activeUnits(), ["web@3.service"]);
  const destroyed = (await fleetctl("destroy", "web@*")).trimEnd().split("\n").toSorted();
  assert.deepEqual(
    destroyed,
    ["web@.service", "web@1.service", "web@2.service", "web@3.service"].map((name) => `Destroyed ${name}`),
  );
});

test("a local file that differs causes a warning, and the submitted file stays", async () => {
  await putFiles(host, { "hello.service": HELLO });
  await fleetctl("submit", "/tmp/units/hello.service");
  await putFiles(host, { "hello.service": SLEEPER });
  const { stderr } = await cluster.fleetctl(host, ["start", "/tmp/units/hello.service"]);
  const words =
    "WARNING: Unit hello.service in registry differs from local unit file /tmp/units/hello.service. Add --replace to override.\n";
  assert.equal(stderr, words);
  assert.equal(await fleetctl("cat", "hello.service"), HELLO);
});

test("FLEETCTL_ variables set global flags, and a flag overrides its variable", async () => {
  await host.run(["ln", "-sf", "/run/fleet.sock", "/run/other.sock"]);
  const env = { FLEETCTL_ENDPOINT: "unix:///run/other.sock" };
  assert.equal((await cluster.fleetctl(host, ["list-machines"], { env })).code, 0);
  const wrong = { FLEETCTL_ENDPOINT: "unix:///run/nobody.sock" };
  assert.equal((await cluster.fleetctl(host, ["list-machines"], { env: wrong, check: false })).code, 5);
  const flag = "--endpoint=unix:///run/fleet.sock";
  assert.equal((await cluster.fleetctl(host, [flag, "list-machines"], { env: wrong })).code, 0);
});

test("--version and --help print the same as version and help; the etcd driver is refused with an alternative", async () => {
  assert.equal(await fleetctl("--version"), await fleetctl("version"));
  assert.match(await fleetctl("version"), /^fleetctl version \d+\.\d+\.\d+\n$/);
  assert.match(await fleetctl("help"), new RegExp(`fleetctl ${(await fleetctl("version")).split(" ")[2]?.trim()}`));
  assert.equal(await fleetctl("--help"), await fleetctl("help"));
  const refused = await cluster.fleetctl(host, ["--driver=etcd", "list-units"], { check: false });
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /--endpoint/);
  const verified = await cluster.fleetctl(host, ["verify", "x.service"], { check: false });
  assert.equal(verified.code, 1);
  assert.match(verified.stdout, /^x\.service: error: cannot find file x\.service/);
  assert.equal((await cluster.fleetctl(host, ["submit", "--sign", "x.service"], { check: false })).code, 2);
});
