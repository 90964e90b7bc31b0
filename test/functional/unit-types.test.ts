import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { apiRequest } from "./api-request.ts";
import { putFiles, startUnits } from "./running-units.ts";

let cluster: Cluster;
let host: Host;
before(async () => {
  cluster = await Cluster.boot({ hosts: 1 });
  host = cluster.host(1);
});
after(() => cluster.down());

/** Submits and loads units, which another unit starts. */
async function loadUnits(files: Readonly<Record<string, string>>): Promise<void> {
  await putFiles(host, files);
  await cluster.fleetctl(host, ["load", ...Object.keys(files).map((name) => `/tmp/units/${name}`)]);
}

async function destroy(...names: readonly string[]): Promise<void> {
  await cluster.fleetctl(host, ["destroy", ...names]);
  const left = ["sh", "-c", 'for name; do find /run/fleet/units /run/systemd -name "$name"; done', "sh", ...names];
  await waitFor("all files and links to be removed", async () => (await host.run(left)).stdout === "");
}

const stateOf = async (unit: string): Promise<Record<string, string>> => host.show(unit, "ActiveState", "SubState");
const exists = async (path: string): Promise<boolean> =>
  (await host.run(["test", "-e", path], { check: false })).code === 0;

test("a socket listens, and starts its service when a client connects", async () => {
  // A proxy for fleetd's socket: it accepts a listening socket from systemd, and its answers are known.
  const proxy = "[Service]\nExecStart=/lib/systemd/systemd-socket-proxyd /run/fleet.sock\n";
  await loadUnits({ "door.service": proxy });
  await startUnits(cluster, host, { "door.socket": "[Socket]\nListenStream=/run/door.sock\n" });
  assert.deepEqual(await stateOf("door.socket"), { ActiveState: "active", SubState: "listening" });
  assert.equal(await host.isActive("door.service"), false);
  assert.equal((await apiRequest(host, "/fleet/v2/version", { socket: "/run/door.sock" })).status, 200);
  assert.equal(await host.isActive("door.service"), true);
  await destroy("door.socket", "door.service");
  assert.equal(await exists("/run/door.sock"), true, "systemd leaves the socket's file, as for any socket unit");
});

test("a timer elapses and starts its service", async () => {
  await loadUnits({ "tick.service": "[Service]\nType=oneshot\nExecStart=/bin/touch /run/ticked\n" });
  await startUnits(cluster, host, { "tick.timer": "[Timer]\nOnActiveSec=0.2\nAccuracySec=10ms\n" });
  await waitFor("the timer to start its service", () => exists("/run/ticked"));
  await destroy("tick.timer", "tick.service");
});

test("a path unit starts its service when the path exists", async () => {
  const service = "[Service]\nType=oneshot\nExecStart=/bin/mv /run/drop /run/dropped\n";
  await loadUnits({ "drop.service": service });
  await startUnits(cluster, host, { "drop.path": "[Path]\nPathExists=/run/drop\n" });
  assert.deepEqual(await stateOf("drop.path"), { ActiveState: "active", SubState: "waiting" });
  await host.run(["touch", "/run/drop"]);
  await waitFor("the service to run", () => exists("/run/dropped"));
  await destroy("drop.path", "drop.service");
});

test("a target starts the units that it wants, and a slice contains the units that name it", async () => {
  await startUnits(cluster, host, { "small.slice": "[Slice]\nCPUWeight=50\n" });
  await loadUnits({ "part.service": "[Service]\nExecStart=/bin/sleep 100000\nSlice=small.slice\n" });
  await startUnits(cluster, host, { "whole.target": "[Unit]\nWants=part.service\n" });
  await waitFor("the target's service to run", () => host.isActive("part.service"));
  assert.deepEqual(await stateOf("whole.target"), { ActiveState: "active", SubState: "active" });
  assert.deepEqual(await stateOf("small.slice"), { ActiveState: "active", SubState: "active" });
  const { ControlGroup: group, CPUWeight: weight } = {
    ...(await host.show("part.service", "ControlGroup")),
    ...(await host.show("small.slice", "CPUWeight")),
  };
  assert.match(group ?? "", /\/small\.slice\/part\.service$/);
  assert.equal(weight, "50");
  await destroy("whole.target", "part.service", "small.slice");
});

test("a mount unit is mounted and unmounted", async () => {
  await startUnits(cluster, host, { "run-scratch.mount": "[Mount]\nWhat=tmpfs\nWhere=/run/scratch\nType=tmpfs\n" });
  assert.deepEqual(await stateOf("run-scratch.mount"), { ActiveState: "active", SubState: "mounted" });
  assert.equal((await host.run(["stat", "-f", "-c", "%T", "/run/scratch"])).stdout, "tmpfs\n");
  await cluster.fleetctl(host, ["stop", "run-scratch.mount"]);
  assert.equal((await host.run(["mountpoint", "-q", "/run/scratch"], { check: false })).code, 32);
  await destroy("run-scratch.mount");
});

/**
 * Types that do not work in a container or in any systemd. They are accepted, as in fleet, and systemd's error is
 * reported.
 */
const reported: readonly (readonly [unit: string, text: string, words: RegExp])[] = [
  ["run-lazy.automount", "[Automount]\nWhere=/run/lazy\n", /unsupported: .*in a container/],
  ["var-swapfile.swap", "[Swap]\nWhat=/var/swapfile\n", /unsupported: .*in a container/],
  ["dev-some.device", "[Unit]\nDescription=A device\n", /unsupported/],
  [
    "some.scope",
    "[Unit]\nDescription=A scope\n",
    /systemd refused the scope \("Unit some\.scope not found\."\): scopes are created by programs/,
  ],
  ["some.snapshot", "[Unit]\nDescription=A snapshot\n", /this version of systemd has no units of this type/],
  ["some.busname", "[BusName]\nName=org.example.Some\n", /this version of systemd has no units of this type/],
];

for (const [unit, text, words] of reported) {
  test(`${unit} is accepted, and systemd's error is reported`, async () => {
    await putFiles(host, { [unit]: text });
    const { code, stderr } = await cluster.fleetctl(host, ["start", `/tmp/units/${unit}`], { check: false });
    assert.equal(code, 1);
    assert.match(stderr, words);
    const { problem } = (await apiRequest(host, `/fleet/v2/units/${unit}`)).json as { readonly problem: string };
    assert.match(problem, words);
    await destroy(unit);
  });
}
