import assert from "node:assert/strict";
import { test } from "node:test";
import { FILE, MACHINE, OTHER_MACHINE, testCluster } from "../cluster.fixture.ts";

const HERE = "113f16a7.../172.17.8.103";

test("the way of a unit: fleet's words on stdout, nothing to wait for by polling", async (t) => {
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
    stdout: `Unit hello.service loaded on ${HERE}\nUnit hello.service launched on ${HERE}\n`,
    stderr: "",
  });
  assert.deepEqual(await cluster.fleetctl("stop", "hello.service"), {
    code: 0,
    stdout: `Unit hello.service loaded on ${HERE}\n`,
    stderr: "Successfully stopped units [hello.service].\n",
  });
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

test("an instance comes from the template here, then from the one in the cluster", async (t) => {
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
  assert.match(template.stderr, /is a template: start an instance of it, such as web@1\.service/);
  assert.equal((await cluster.fleetctl("stop", "web@*")).code, 0);
  assert.equal(
    (await cluster.fleetctl("destroy", "web@*")).stdout,
    "Destroyed web@.service\nDestroyed web@1.service\nDestroyed web@2.service\n",
  );
});

test("a local file that differs: a warning and the old one stays, unless --replace", async (t) => {
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

test("a unit that no machine takes: the reasons, exit 1, and it stays wanted", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("nowhere.service");
  await cluster.file("good.service");
  const { code, stdout, stderr } = await cluster.fleetctl("start", "nowhere.service", "good.service");
  assert.equal(code, 1);
  assert.match(stdout, /Unit good\.service launched on/);
  assert.match(
    stderr,
    /^Unit nowhere\.service cannot be placed on any machine now:\n {2}2 machines: metadata region=eu missing\nIt stays wanted/,
  );
  assert.match(
    (await cluster.fleetctl("list-unit-files", "--no-legend")).stdout,
    /^nowhere\.service\t\S+\tlaunched\t+inactive\t+-$/m,
  );
  const stopped = await cluster.fleetctl("stop", "nowhere.service");
  assert.equal(stopped.stdout, "Unit nowhere.service inactive\n");
});

test("a unit that fails to start: what systemd said, the journal, exit 1", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("fails.service");
  const expected =
    `Unit fails.service failed to start on ${HERE}: Its last run ended with the result "exit-code".\n` +
    "The last lines of its journal:\n  10 lines of fails.service\n";
  assert.deepEqual(await cluster.fleetctl("start", "fails.service"), {
    code: 1,
    stdout: "Unit fails.service inactive\n",
    stderr: expected,
  });
  assert.deepEqual(await cluster.fleetctl("start", "fails.service"), { code: 1, stdout: "", stderr: expected });
  await cluster.fleetctl("stop", "fails.service");
  const { code } = await cluster.fleetctl("status", "fails.service");
  assert.equal(code, 3);
});

test("a unit that its machine refuses has that as its reason", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("refused.service");
  const { code, stderr } = await cluster.fleetctl("start", "refused.service");
  assert.equal(code, 1);
  assert.match(stderr, /The host has a unit of this name/);
});

test("--block-attempts bounds the waiting, --no-block does without", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("slow.service");
  assert.deepEqual(await cluster.fleetctl("start", "--no-block", "slow.service"), {
    code: 0,
    stdout: "Unit slow.service inactive\nTriggered unit slow.service start\n",
    stderr: "",
  });
  assert.deepEqual(await cluster.fleetctl("start", "--block-attempts=2", "slow.service"), {
    code: 1,
    stdout: "",
    stderr: "Error waiting for units: timed out waiting for unit slow.service to report state launched\n",
  });
  assert.equal((await cluster.fleetctl("destroy", "--no-block", "slow.service")).stdout, "Destroyed slow.service\n");
});

test("a global unit is not waited for", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("everywhere.service", `${FILE}\n[X-Fleet]\nGlobal=true\n`);
  assert.equal(
    (await cluster.fleetctl("start", "everywhere.service")).stdout,
    "Unit everywhere.service inactive\nTriggered global unit everywhere.service start\n",
  );
  assert.match((await cluster.fleetctl("list-unit-files", "--no-legend")).stdout, /\tlaunched\t-\tglobal\n$/);
  assert.equal(
    (await cluster.fleetctl("stop", "everywhere.service")).stdout,
    "Triggered global unit everywhere.service stop\n",
  );
});

test("a connection that is lost while waiting is taken up again", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("slow.service");
  let cuts = 0;
  const waiting = cluster.fleetctlUntil(
    (stderr) => {
      if (cuts === 0 && stderr.includes("Still waiting")) cuts += 1;
      return false;
    },
    "start",
    "slow.service",
  );
  const assigned = `assignment/${MACHINE}/slow.service`;
  for await (const { events } of cluster.store.watch({ prefix: assigned, from: 1 }, AbortSignal.timeout(5000)))
    if (events.length > 0) break;
  // The stream may not be open yet: what cuts nothing is repeated until it is told of.
  const deadline = Date.now() + 5000;
  while (cuts === 0 && Date.now() < deadline) {
    cluster.cutConnections();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const [unit] = (await cluster.store.range({ prefix: "unit/slow.service" })).entries;
  const { hash } = JSON.parse(unit?.value ?? "{}") as { hash: string };
  await cluster.put(`state/${MACHINE}/slow.service`, {
    hash,
    load: "loaded",
    active: "active",
    sub: "running",
    launched: true,
  });
  const { code, stdout } = await waiting;
  assert.equal(code, 0);
  assert.match(stdout, /launched on/);
});

test("Ctrl-C says what is no longer waited for", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("slow.service");
  const { code, stderr } = await cluster.fleetctlUntil(
    (_, stdout) => stdout.includes("inactive"),
    "start",
    "slow.service",
  );
  assert.equal(code, 130);
  assert.match(stderr, /^No longer waiting for slow\.service \(.*\): what was asked for stays asked for\.\n$/);
});

test("somebody else's stop ends the waiting", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("slow.service");
  let unloaded: Promise<unknown> | undefined;
  const { code, stderr } = await cluster.fleetctlUntil(
    (_, stdout) => {
      if (stdout.includes("inactive")) unloaded ??= cluster.fleetctl("unload", "slow.service");
      return false;
    },
    "start",
    "slow.service",
  );
  await unloaded;
  assert.equal(code, 1);
  assert.equal(stderr, "Unit slow.service was set to inactive by somebody else meanwhile: no longer waiting for it.\n");
});

test("listings: fleet's bytes, chosen columns, JSON", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("hello.service", `[Unit]\nDescription=Says hello\n\n${FILE}`);
  await cluster.fleetctl("start", "hello.service");
  assert.equal(
    (await cluster.fleetctl("list-units")).stdout,
    `UNIT\t\tMACHINE\t\t\t\tACTIVE\tSUB\nhello.service\t${HERE}\tactive\trunning\n`,
  );
  assert.equal(
    (await cluster.fleetctl("list-units", "--no-legend", "--full", "--fields=unit,active,machine")).stdout,
    `hello.service\tactive\t${MACHINE}/172.17.8.103\n`,
  );
  assert.equal(
    (await cluster.fleetctl("list-unit-files", "--no-legend", "--fields", "unit,dstate,state,global,desc,target"))
      .stdout,
    `hello.service\tlaunched\tlaunched\tfalse\tSays hello\t${HERE}\n`,
  );
  assert.equal(
    (await cluster.fleetctl("list-machines")).stdout,
    "MACHINE\t\tIP\t\tMETADATA\n113f16a7...\t172.17.8.103\tdisk=ssd,region=us\n85c0c595...\t172.17.8.102\tdisk=ssd,region=us\n",
  );
  assert.equal(
    (await cluster.fleetctl("list-machines", "--no-legend", "--full", "--fields", "machine")).stdout,
    `${MACHINE}\n${OTHER_MACHINE}\n`,
  );
  const [unit] = JSON.parse((await cluster.fleetctl("list-units", "--output", "json")).stdout) as {
    name: string;
    active: string;
  }[];
  assert.deepEqual([unit?.name, unit?.active], ["hello.service", "active"]);
  assert.match(
    (await cluster.fleetctl("list-unit-files", "--fields=tmachine")).stderr,
    /"tmachine" field is deprecated/,
  );
  const wrong = await cluster.fleetctl("list-units", "--fields=unit,colour");
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /no column "colour": choose of unit,load,active,sub,machine,hash/);
});

test("status and journal", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["a.service", "b.service"]) await cluster.file(name);
  await cluster.fleetctl("start", "a.service", "b.service");
  assert.deepEqual(await cluster.fleetctl("status", "a", "b"), {
    code: 0,
    stdout: "* a.service\n     Loaded: loaded\n\n* b.service\n     Loaded: loaded\n",
    stderr: "",
  });
  assert.deepEqual(await cluster.fleetctl("status", "a", "none"), {
    code: 4,
    stdout: "* a.service\n     Loaded: loaded\n",
    stderr: "Unit none.service does not exist.\n",
  });
  assert.equal(
    (await cluster.fleetctl("journal", "--lines=3", "--sudo", "a.service")).stdout,
    "3 lines of a.service\n",
  );
  const followed = await cluster.fleetctlUntil(
    (_, stdout) => stdout.includes("10 lines"),
    "journal",
    "-f",
    "a.service",
  );
  assert.deepEqual(followed, { code: 0, stdout: "10 lines of a.service\n", stderr: "" });
  await cluster.fleetctl("unload", "a.service");
  const unplaced = await cluster.fleetctl("status", "a.service");
  assert.equal(unplaced.code, 3);
  assert.match(unplaced.stderr, /^Unit a\.service does not appear to be loaded\./);
  assert.equal((await cluster.fleetctl("journal", "a.service")).code, 1);
});

test("metadata of a machine", async (t) => {
  const cluster = await testCluster(t);
  assert.deepEqual(await cluster.fleetctl("metadata", "set", "113f", "region=eu"), { code: 0, stdout: "", stderr: "" });
  assert.deepEqual(await cluster.fleetctl("metadata", "unset", MACHINE, "disk"), { code: 0, stdout: "", stderr: "" });
  assert.match(
    (await cluster.fleetctl("list-machines", "--no-legend")).stdout,
    /^113f16a7\.\.\.\t172\.17\.8\.103\tregion=eu\n/,
  );
  assert.equal((await cluster.fleetctl("metadata", "set", "ffff", "a=b")).code, 1);
  assert.equal((await cluster.fleetctl("metadata", "set", "113f", "a")).code, 2);
});
