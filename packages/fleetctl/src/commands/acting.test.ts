import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { FILE, MACHINE, OTHER_MACHINE, testCluster, type TestCluster } from "../cluster.fixture.ts";

const HERE = "113f16a7.../172.17.8.103";

/** A unit on both machines. The test plays the cluster, and `start` does not wait for the units' machines. */
async function globalUnit(cluster: TestCluster, name: string): Promise<void> {
  await cluster.file(name, `${FILE}\n[X-Fleet]\nGlobal=true\n`);
  await cluster.fleetctl("start", name);
  const last = `state/${OTHER_MACHINE}/${name}`;
  for await (const { events } of cluster.store.watch({ prefix: last, from: 1 }, AbortSignal.timeout(5000)))
    if (events.some((event) => event.type === "put" && event.entry.value.includes("running"))) return;
}

test("kill, reset-failed and reload of units, patterns and one copy of a unit", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["web@1.service", "web@2.service", "refuses.service"]) await cluster.file(name);
  await cluster.fleetctl("start", "web@1", "web@2", "refuses");
  const quiet = { code: 0, stdout: "", stderr: "" };
  assert.deepEqual(await cluster.fleetctl("kill", "-s", "HUP", "web@1"), quiet);
  assert.deepEqual(await cluster.fleetctl("kill", "--kill-who=main", "web@2.service@web1"), quiet);
  assert.deepEqual(await cluster.fleetctl("reset-failed", "web@*"), quiet);
  assert.deepEqual(cluster.actions.slice(0, 2), [
    "kill web@1.service@113f16a7 1 all",
    "kill web@2.service@113f16a7 15 main",
  ]);
  assert.deepEqual(cluster.actions.slice(2).toSorted(), [
    "reset-failed web@1.service@113f16a7",
    "reset-failed web@2.service@113f16a7",
  ]);
  assert.deepEqual(await cluster.fleetctl("reload", "refuses"), {
    code: 1,
    stdout: "",
    stderr: `cannot reload unit refuses.service on ${HERE}: Job type reload is not applicable.\n`,
  });
  assert.match(
    (await cluster.fleetctl("reload", "web@1.service@ffff")).stderr,
    /cannot find unit web@1\.service on machine ffff: /,
  );
  for (const [command, argument, message] of [
    ["kill", "web@1.service@machine7", /^cannot find unit web@1\.service on machine machine7: the unit is on 113f/],
    ["status", "web@1.service@", /^cannot find a copy web@1\.service@: no machine given/m],
    ["journal", "web@1.service@zz", /^cannot find unit web@1\.service on machine zz: the unit is on 113f/m],
    ["kill", "none.service@113f", /^unit none\.service not found in the cluster$/m],
    ["start", "web@1.service@113f", /^cannot use web@1\.service@113f: this command does not take a copy of a unit/],
    ["cat", "web@1.service@113f", /^cannot use web@1\.service@113f: this command does not take a copy of a unit/],
    ["edit", "web@1.service@113f", /^cannot use web@1\.service@113f: this command does not take a copy of a unit/],
    [
      "stop",
      "web@1.service@113f",
      /^cannot use web@1\.service@113f: this command does not take a copy of a unit; give web@1\.service\n/,
    ],
    ["kill", "none.service@machine7", /^unit none\.service not found in the cluster/],
  ] as const) {
    const { code, stderr } = await cluster.fleetctl(command, argument);
    assert.equal(code, command === "status" ? 4 : 1);
    assert.match(stderr, message);
  }
  await cluster.fleetctl("unload", "web@1");
  assert.match((await cluster.fleetctl("kill", "web@1")).stderr, /web@1\.service is on no machine/);
});

test("commands skip idle matches of a pattern, but not units given by name", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["web@1.service", "web@2.service"]) await cluster.file(name);
  await cluster.fleetctl("submit", "web@2");
  const leftOut = "skipping unit web@2.service: it is inactive\n";
  for (const [args, stdout, stderr] of [
    [["start", "web@1"], /launched on/, ""],
    [["journal", "--output=cat", "web@*"], /^web@1\.service at 0\nweb@1\.service at 2\n$/, leftOut],
    [["kill", "web@*"], /^$/, leftOut],
    [["kill", "--machine=113f", "web@*"], /^$/, ""],
    [["restart", "web@*"], /^Unit web@1\.service launched on .*\n$/, leftOut],
    [["stop", "web@*"], /web@1\.service loaded/, `${leftOut}Successfully stopped units [web@1.service].\n`],
  ] as const) {
    const finished = await cluster.fleetctl(...args);
    assert.match(finished.stdout, stdout, args.join(" "));
    assert.deepEqual([finished.code, finished.stderr], [0, stderr], args.join(" "));
  }
  for (const command of ["journal", "kill", "restart", "stop"]) {
    assert.equal((await cluster.fleetctl(command, "web@*", "web@2")).code, 1, command);
    assert.equal((await cluster.fleetctl(command, "web@2*")).code, 1, command);
  }
});

test("a global unit is restarted copy by copy, or one copy of it", async (t) => {
  const cluster = await testCluster(t);
  await globalUnit(cluster, "all.service");
  const { code, stdout } = await cluster.fleetctl("restart", "all.service");
  assert.equal(code, 0);
  assert.equal(stdout, `Unit all.service launched on ${HERE}\nUnit all.service launched on 85c0c595.../172.17.8.102\n`);
  assert.equal((await cluster.fleetctl("restart", "all.service@85c0")).code, 0);
  assert.deepEqual(
    cluster.actions,
    ["restart all.service@85c0c595"],
    "the restart of the others is requested through the store",
  );
});

test("a restart takes effect without a client that waits: one write requests it", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("slow.service");
  await cluster.fleetctl("start", "--no-block", "slow.service");
  const stored = async () => {
    const [entry] = (await cluster.store.range({ prefix: "unit/slow.service", exact: true })).entries;
    return { revision: entry?.modRevision ?? 0, ...(JSON.parse(entry?.value ?? "{}") as { desired: string }) };
  };
  const { revision } = await stored();
  const { code, stderr } = await cluster.fleetctl("restart", "--block-attempts=2", "slow.service");
  assert.equal(code, 1);
  assert.match(stderr, /timed out waiting for unit slow\.service/);
  const after = await stored();
  assert.deepEqual([after.desired, "restart" in after && after.restart], ["launched", revision]);
});

test("start of a failed unit starts it again, and reports the result", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["recovers.service", "fails.service"]) await cluster.file(name);
  assert.equal((await cluster.fleetctl("start", "recovers", "fails")).code, 1);
  assert.deepEqual(await cluster.fleetctl("start", "recovers.service"), {
    code: 0,
    stdout: `Unit recovers.service launched on ${HERE}\n`,
    stderr: "",
  });
  assert.deepEqual(await cluster.fleetctl("start", "recovers.service"), { code: 0, stdout: "", stderr: "" });
  const again = await cluster.fleetctl("start", "fails.service");
  assert.equal(again.code, 1);
  assert.match(again.stderr, /^cannot start unit fails\.service on/);
  assert.deepEqual(cluster.actions, ["restart recovers.service@113f16a7", "restart fails.service@113f16a7"]);
});

test("the journal of a host's own unit with the same name is not shown", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("refused.service");
  assert.deepEqual(await cluster.fleetctl("start", "refused.service"), {
    code: 1,
    stdout: "Unit refused.service inactive\n",
    stderr: `cannot start unit refused.service on ${HERE}: The host has a unit of this name.\n`,
  });
});

test("start of a unit that was stopped on its machine starts it again, but not a finished oneshot", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("recovers.service");
  await cluster.file("recovers-once.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n");
  await cluster.fleetctl("start", "recovers", "recovers-once");
  for (const name of ["recovers.service", "recovers-once.service"]) {
    const [entry] = (await cluster.store.range({ prefix: `unit/${name}`, exact: true })).entries;
    const { hash } = JSON.parse(entry?.value ?? "{}") as { hash: string };
    const stopped = { hash, load: "loaded", active: "inactive", sub: "dead", launched: true, problem: "" };
    await cluster.put(`state/${MACHINE}/${name}`, stopped);
  }
  assert.deepEqual(await cluster.fleetctl("start", "recovers.service", "recovers-once.service"), {
    code: 0,
    stdout: `Unit recovers.service launched on ${HERE}\n`,
    stderr: "",
  });
  assert.deepEqual(cluster.actions, ["restart recovers.service@113f16a7"]);
});

test("status and journal of one copy, and journals merged in the order of time", async (t) => {
  const cluster = await testCluster(t);
  await globalUnit(cluster, "all.service");
  assert.match((await cluster.fleetctl("status", "all.service@85c0")).stdout, /^\* all\.service\n/);
  assert.equal(
    (await cluster.fleetctl("journal", "--lines=1", "--output=cat", "all.service@85c0")).stdout,
    "all.service at 3\n",
  );
  const merged =
    "all.service@113f16a7: all.service at 0\nall.service@85c0c595: all.service at 1\n" +
    "all.service@113f16a7: all.service at 2\nall.service@85c0c595: all.service at 3\n";
  assert.deepEqual(await cluster.fleetctl("journal", "--output=cat", "all.service"), {
    code: 0,
    stdout: merged,
    stderr: "",
  });
  const followed = await cluster.fleetctlUntil(
    (_, out) => out.includes("at 3"),
    "journal",
    "-f",
    "--output=cat",
    "all.service",
  );
  assert.deepEqual(followed, { code: 0, stdout: merged, stderr: "" });
  assert.match(
    (await cluster.fleetctl("journal", "--output=verbose", "all.service")).stderr,
    /cannot merge several journals .* use one of short,/,
  );
});

test("ssh finds the machine, and returns the command's exit code", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("hello.service");
  await cluster.fleetctl("start", "hello.service");
  const ran: (readonly string[])[] = [];
  const ssh = (...args: readonly string[]) =>
    cluster.fleetctlWith(
      {
        runProgram: (command) => Promise.resolve(ran.push(command) && 42),
        variables: { FLEETCTL_KNOWN_HOSTS_FILE: join(cluster.directory, "known/hosts"), SSH_ASKPASS: "/bin/false" },
      },
      "ssh",
      ...args,
    );
  for (const [args, tail] of [
    [["85c0"], ["--", "172.17.8.102"]],
    [
      ["hello", "ls", "-l"],
      ["--", "172.17.8.103", "ls -l"],
    ],
    [
      ["--unit=hello", "-A", "--ssh-port=2222"],
      ["-p", "2222", "-A", "--", "172.17.8.103"],
    ],
    [
      ["--machine=85", "true"],
      ["--", "172.17.8.102", "true"],
    ],
    [["hello.service@113f"], ["--", "172.17.8.103"]],
    [["hello.service@web1"], ["--", "172.17.8.103"]],
    [["web2"], ["--", "172.17.8.102"]],
    [["--machine=172.17.8.102"], ["--", "172.17.8.102"]],
  ] as const) {
    assert.deepEqual(await ssh(...args), { code: 42, stdout: "", stderr: "" });
    assert.deepEqual(ran.at(-1)?.slice(-tail.length), tail);
  }
  for (const [args, message] of [
    [["ffff"], /could not find matching unit or machine/],
    [["--machine=ffff"], /cannot find machine ffff: /],
    [["--unit=none"], /none\.service does not exist/],
    [["hello.service@85c0"], /cannot find unit hello\.service on machine 85c0/],
  ] as const) {
    const { code, stderr } = await ssh(...args);
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
  await cluster.file("85.service");
  await cluster.fleetctl("start", "85.service");
  assert.match((await ssh("85")).stderr, /ambiguous argument, both machine and unit found for `85`/);
  await globalUnit(cluster, "all.service");
  assert.match((await ssh("all")).stderr, /all\.service@113f16a7, all\.service@85c0c595/);
});

test("fd-forward carries bytes both ways until the socket closes", async (t) => {
  const cluster = await testCluster(t);
  const path = join(cluster.directory, "echo.sock");
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(path);
  t.after(() => server.close());
  const stdin = {
    isTerminal: false,
    async *[Symbol.asyncIterator]() {
      yield Buffer.from("one ");
      yield Buffer.from("two");
    },
  };
  assert.deepEqual(await cluster.fleetctlWith({ stdin }, "fd-forward", path), {
    code: 0,
    stdout: "one two",
    stderr: "",
  });
});

test("a directory stands for its unit files, and a pattern without matches in the cluster for local files", async (t) => {
  const cluster = await testCluster(t);
  await mkdir(join(cluster.directory, "units"));
  for (const name of ["a.service", "b.timer", "t@.service"]) await cluster.file(`units/${name}`);
  await cluster.file("units/README.md", "no unit");
  const started = await cluster.fleetctl("load", "units/");
  assert.equal(started.code, 0, started.stderr);
  assert.deepEqual(
    started.stdout.split("\n").filter((line) => line.endsWith(" inactive")),
    ["Unit a.service inactive", "Unit b.timer inactive"],
  );
  assert.equal((await cluster.fleetctl("submit", "./units")).stdout, "Unit t@.service inactive\n");
  await cluster.fleetctl("destroy", "a", "b.timer", "t@");
  assert.match((await cluster.fleetctl("load", "units/a*")).stdout, /^Unit a\.service inactive\n/);
  await mkdir(join(cluster.directory, "empty"));
  assert.match((await cluster.fleetctl("load", "empty/")).stderr, /cannot find unit files in directory empty\//);
  await mkdir(join(cluster.directory, "hello"));
  await cluster.file("hello.service");
  assert.match((await cluster.fleetctl("load", "hello")).stdout, /^Unit hello\.service inactive\n/);
});
