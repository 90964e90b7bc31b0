import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { FILE, testCluster } from "../cluster.fixture.ts";

const HERE = "113f16a7.../172.17.8.103";

test("the life of a unit: fleet's words on stdout, and no polling", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("hello.service");
  assert.deepEqual(await cluster.fleetctl("submit", "hello.service"), {
    code: 0,
    stdout: "Unit hello.service inactive\n",
    stderr: "",
  });
  assert.deepEqual(await cluster.fleetctl("submit", "hello"), { code: 0, stdout: "", stderr: "" });
  assert.deepEqual(await cluster.fleetctl("load", "hello.service"), {
    code: 0,
    stdout: `Unit hello.service loaded on ${HERE}\n`,
    stderr: "",
  });
  assert.deepEqual(await cluster.fleetctl("start", "hello.service"), {
    code: 0,
    stdout: `Unit hello.service launched on ${HERE}\n`,
    stderr: "",
  });
  assert.deepEqual(await cluster.fleetctl("start", "hello.service"), { code: 0, stdout: "", stderr: "" });
  assert.deepEqual(await cluster.fleetctl("restart", "hello.service"), {
    code: 0,
    stdout: `Unit hello.service launched on ${HERE}\n`,
    stderr: "",
  });
  assert.deepEqual(await cluster.fleetctl("stop", "hello.service"), {
    code: 0,
    stdout: `Unit hello.service loaded on ${HERE}\n`,
    stderr: "Successfully stopped units [hello.service].\n",
  });
  assert.deepEqual(await cluster.fleetctl("stop", "hello.service"), { code: 0, stdout: "", stderr: "" });
  assert.deepEqual(await cluster.fleetctl("unload", "hello.service"), {
    code: 0,
    stdout: "Unit hello.service inactive\n",
    stderr: "Successfully unloaded units [hello.service].\n",
  });
  assert.deepEqual(await cluster.fleetctl("destroy", "hello.service"), {
    code: 0,
    stdout: "Destroyed hello.service\n",
    stderr: "",
  });
  assert.deepEqual(await cluster.fleetctl("list-unit-files", "--no-legend"), { code: 0, stdout: "", stderr: "" });
});

test("start submits first, many at once", async (t) => {
  const cluster = await testCluster(t);
  const names = Array.from({ length: 30 }, (_, index) => `u${index}.service`);
  for (const name of names) await cluster.file(name);
  const { code, stdout, stderr } = await cluster.fleetctl("start", ...names);
  assert.equal(stderr, "");
  assert.equal(code, 0);
  const created = names.map((name) => `Unit ${name} inactive`);
  const launched = names.map((name) => `Unit ${name} launched on ${HERE}`);
  assert.deepEqual(stdout.trimEnd().split("\n").toSorted(), [...created, ...launched].toSorted());
});

test("an instance comes from the local template, later from the cluster's", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("web@.service");
  assert.equal(
    (await cluster.fleetctl("start", "web@1")).stdout,
    `Unit web@1.service inactive\nUnit web@1.service launched on ${HERE}\n`,
  );
  await cluster.fleetctl("submit", "web@.service");
  await cluster.file("web@.service", `${FILE}User=nobody\n`);
  const second = await cluster.fleetctl("start", "web@2.service");
  assert.equal(
    second.stderr,
    "WARNING: Unit web@.service in registry differs from local template unit file web@2.service. Add --replace to override.\n",
  );
  assert.equal(second.code, 0);
  assert.equal((await cluster.fleetctl("cat", "web@2.service")).stdout, FILE);
  const template = await cluster.fleetctl("start", "web@.service");
  assert.equal(template.code, 1);
  assert.match(template.stderr, /^cannot start template web@\.service: use an instance such as web@1\.service/);
  assert.equal((await cluster.fleetctl("stop", "web@*")).code, 0);
  assert.equal(
    (await cluster.fleetctl("destroy", "web@*")).stdout,
    "Destroyed web@.service\nDestroyed web@1.service\nDestroyed web@2.service\n",
  );
});

test("--replace of a pattern replaces every unit that it matches, or none", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("web@.service");
  await cluster.fleetctl("submit", "web@.service");
  await cluster.fleetctl("start", "web@1", "web@2");
  const changed = `${FILE}User=nobody\n`;
  await cluster.file("web@.service", changed);
  const { code, stdout, stderr } = await cluster.fleetctl("start", "--replace", "web@*");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Unit web@[12]\.service launched on .*\nUnit web@[12]\.service launched on .*\n$/);
  assert.equal(stderr, "replaced template web@.service as well, so that new instances use web@.service\n");
  for (const name of ["web@1", "web@2", "web@.service"])
    assert.equal((await cluster.fleetctl("cat", name)).stdout, changed, name);

  await cluster.file("web@.service", FILE);
  assert.equal((await cluster.fleetctl("start", "--replace", "./web@1.service")).code, 0);
  assert.equal((await cluster.fleetctl("cat", "web@.service")).stdout, FILE);
  assert.equal((await cluster.fleetctl("cat", "web@2")).stdout, changed);
  assert.equal((await cluster.fleetctl("submit", "--replace", "web@.service")).stderr, "");
});

test("--replace without a local file is refused, and nothing changes", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["web@1.service", "web@2.service", "a.service"]) await cluster.file(name);
  await cluster.fleetctl("start", "web@1", "web@2", "a");
  await cluster.file("web@1.service", `${FILE}User=nobody\n`);
  for (const name of ["web@2.service", "a.service"]) await rm(join(cluster.directory, name));
  for (const [command, argument, message] of [
    [
      "start",
      "web@*",
      /^cannot replace unit web@2\.service: cannot find file web@2\.service, nor its template web@\.service$/m,
    ],
    ["load", "a", /^cannot replace unit a\.service: cannot find file a\.service\nnothing was changed; /m],
    ["submit", "x/a.service", /^cannot replace unit a\.service: cannot find file x\/a\.service$/m],
  ] as const) {
    const refused = await cluster.fleetctl(command, "--replace", argument);
    assert.deepEqual([refused.code, refused.stdout], [1, ""]);
    assert.match(refused.stderr, message);
  }
  assert.equal((await cluster.fleetctl("cat", "web@1")).stdout, FILE);
});

test("a local file that differs: a warning, and the cluster's file stays without --replace", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("hello.service");
  await cluster.fleetctl("start", "hello.service");
  await cluster.file("hello.service", `# new\n${FILE}User=nobody\n`);
  const kept = await cluster.fleetctl("start", "hello.service");
  assert.deepEqual(kept, {
    code: 0,
    stdout: "",
    stderr:
      "WARNING: Unit hello.service in registry differs from local unit file hello.service. Add --replace to override.\n",
  });
  const refused = await cluster.fleetctl("submit", "--replace", "hello.service");
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /can not replace Unit\(hello\.service\) in state 'launched', use the appropriate command/,
  );
  // Without --replace, the unit is only loaded with its old file, and a warning.
  const { code, stdout, stderr } = await cluster.fleetctl("load", "hello.service");
  assert.deepEqual([code, stdout], [0, `Unit hello.service loaded on ${HERE}\n`]);
  assert.match(stderr, /^WARNING: Unit hello\.service in registry differs from local unit file hello\.service\./);
  assert.equal(
    (await cluster.fleetctl("start", "--replace", "hello.service")).stdout,
    `Unit hello.service launched on ${HERE}\n`,
  );
  assert.equal((await cluster.fleetctl("cat", "hello")).stdout, `# new\n${FILE}User=nobody\n`);
  assert.equal(
    (await cluster.fleetctl("start", "--replace", "hello")).stdout,
    "Found same Unit(hello.service) in Registry, nothing to do\n",
  );
});

test("a unit that fits no machine: the reasons, exit 1, and the request stays", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("nowhere.service");
  await cluster.file("good.service");
  const { code, stdout, stderr } = await cluster.fleetctl("start", "nowhere.service", "good.service");
  assert.equal(code, 1);
  assert.match(stdout, /Unit good\.service launched on/);
  assert.match(
    stderr,
    /^cannot place unit nowhere\.service on any machine now:\n {2}2 machines: metadata region=eu missing\nthe cluster will start it as soon as a machine fits/,
  );
  assert.match(
    (await cluster.fleetctl("list-unit-files", "--no-legend")).stdout,
    /^nowhere\.service\t\S+\tlaunched\t+inactive\t+-$/m,
  );
  const stopped = await cluster.fleetctl("stop", "nowhere.service");
  assert.equal(stopped.stdout, "Unit nowhere.service inactive\n");
});

test("a unit that fails to start: systemd's reason, the journal, exit 1", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("fails.service");
  const expected =
    `cannot start unit fails.service on ${HERE}: last run ended with result "exit-code"\n` +
    "last lines of the journal:\n  02 h sh[7]: fails.service at 2\n";
  for (const stdout of ["Unit fails.service inactive\n", ""]) {
    const { stderr, ...finished } = await cluster.fleetctl("start", "fails.service");
    assert.deepEqual(finished, { code: 1, stdout });
    // The time is in the local time zone.
    assert.equal(stderr.replace(/[A-Z][a-z]{2} \d\d \d\d:\d\d:/, ""), expected);
  }
  await cluster.fleetctl("stop", "fails.service");
  const { code } = await cluster.fleetctl("status", "fails.service");
  assert.equal(code, 3);
});

test("a unit that its machine refuses: the machine's reason", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("refused.service");
  const { code, stderr } = await cluster.fleetctl("start", "refused.service");
  assert.equal(code, 1);
  assert.match(stderr, /The host has a unit of this name/);
});

test("among several units, the valid ones are changed and the others reported: exit 1", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["a.service", "b.service", "idle.service"]) await cluster.file(name);
  await cluster.fleetctl("start", "a.service", "b.service");
  await cluster.fleetctl("submit", "idle.service");
  const unknown = "unit none.service not found in the cluster\n";
  for (const [args, stdout, stderr] of [
    [
      ["stop", "none", "a", "idle", "none*"],
      `Unit a.service loaded on ${HERE}\n`,
      `${unknown}no unit in the cluster matches none*\nUnable to stop unit idle.service in state inactive\n` +
        "Successfully stopped units [a.service].\n",
    ],
    [["unload", "none", "a"], "Unit a.service inactive\n", `${unknown}Successfully unloaded units [a.service].\n`],
    [["kill", "none", "b"], "", unknown],
    [["journal", "--output=cat", "--lines=1", "none", "b"], "b.service at 2\n", "Unit none.service does not exist.\n"],
    [["destroy", "a", "none"], "Destroyed a.service\n", unknown],
    [["destroy", "--no-block", "none", "b"], "Destroyed b.service\n", unknown],
  ] as const) {
    assert.deepEqual(await cluster.fleetctl(...args), { code: 1, stdout, stderr }, args.join(" "));
  }
  const { stderr } = await cluster.fleetctl("restart", "none", "idle");
  assert.match(stderr, /^unit none\.service not found in the cluster\nnothing was changed;/);
  assert.deepEqual(await cluster.fleetctl("list-unit-files", "--no-legend", "--fields=unit"), {
    code: 0,
    stdout: "idle.service\n",
    stderr: "",
  });
});
