import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fakeHost } from "../host/fake-host.fixture.ts";
import { FILE, testCluster, withoutCluster, withoutClusterWith } from "../cluster.fixture.ts";

test("verify reports errors and warnings without a cluster, and exits with 1 for an error", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("good.service");
  await cluster.file("typo.service", `${FILE}Restrat=always\n[Install]\nX-Conflicts=b.service\n`);
  await cluster.file("broken.service", "[Service]\nUnit]\n");
  await cluster.file("stops.service", `${FILE}[Unit]\nConflicts=fleet.service\n`);
  await cluster.file("README.md", "# Read me\n");
  const nowhere = ["--endpoint=unix:///nowhere.sock", "verify"];
  assert.deepEqual(await cluster.fleetctl(...nowhere, "good.service", "good"), {
    code: 0,
    stdout: "good.service: fine\ngood: fine\n",
    stderr: "",
  });
  const typo = [
    "typo.service: warning: Restrat= in [Service] is unknown to systemd and has no effect; the nearest known option is Restart=",
    "typo.service: warning: X-Conflicts= has no effect in [Install]; move it to [X-Fleet], as Conflicts=",
  ];
  assert.deepEqual(await cluster.fleetctl(...nowhere, "typo.service"), {
    code: 0,
    stdout: `${typo.join("\n")}\n`,
    stderr: "",
  });
  assert.equal((await cluster.fleetctl(...nowhere, "--strict", "typo.service")).code, 1);
  const bad = await cluster.fleetctl(
    ...nowhere,
    "README.md",
    "missing.service",
    "web@1",
    "broken.service",
    "stops.service",
  );
  assert.equal(bad.code, 1);
  assert.equal(bad.stderr, "");
  assert.match(bad.stdout, /^README\.md: error: cannot use README\.md as a unit file: its name /m);
  assert.match(bad.stdout, /^missing\.service: error: cannot find file missing\.service: check the path$/m);
  assert.match(bad.stdout, /^web@1: error: cannot find file web@1\.service, nor its template web@\.service: check/m);
  assert.match(bad.stdout, /^broken\.service: error: line 2: "Unit\]" is not a section header; write \[Unit\]$/m);
  assert.match(bad.stdout, /^stops\.service: error: Conflicts=fleet\.service in \[Unit\] would stop the daemon/m);
});

test("verify takes directories, patterns and instances of a local template, and prints JSON", async (t) => {
  const cluster = await testCluster(t);
  await mkdir(join(cluster.directory, "units"));
  await cluster.file("units/a.service");
  await cluster.file("units/b.service", `${FILE}[X-Fleet]\nMachineOf=a\n`);
  await cluster.file("units/web@.service", `${FILE}[X-Fleet]\nMachineOf=%i.service\n`);
  const { stdout } = await cluster.fleetctl("verify", "units/");
  assert.equal(
    stdout,
    "units/a.service: fine\n" +
      "units/b.service: warning: MachineOf=a in [X-Fleet] is not a unit name: a unit name ends in the unit type; write a.service\n" +
      "units/web@.service: fine\n",
  );
  const json = JSON.parse(
    (await cluster.fleetctl("verify", "--output=json", "units/[ac]*", "units/web@1.service")).stdout,
  ) as unknown;
  assert.deepEqual(json, [
    { file: "units/a.service", unit: "a.service", ok: true, warnings: [] },
    { file: "units/web@1.service", unit: "web@1.service", ok: true, warnings: [] },
  ]);
  assert.equal((await cluster.fleetctl("verify", "units/x*")).code, 1);
});

test("a file is never read beyond the size of a unit file", async () => {
  const { code, stdout } = await withoutCluster("verify", "/dev/zero");
  assert.equal(code, 1);
  assert.match(stdout, /^\/dev\/zero: error: cannot use \/dev\/zero as a unit file: its name/);
});

test("submit and start print warnings on stderr, and tell an invalid file name from a missing file", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("README.md", "# Read me\n");
  const readme = await cluster.fleetctl("submit", "README.md");
  assert.equal(readme.code, 1);
  assert.match(readme.stderr, /^cannot use README\.md as a unit file: its name /);
  assert.match((await cluster.fleetctl("submit", "LICENSE.md")).stderr, /^cannot find file LICENSE\.md\.service/);
  await cluster.file("big.service", `[Service]\n#${"x".repeat(1024 * 1024)}\n`);
  assert.match(
    (await cluster.fleetctl("submit", "big.service")).stderr,
    /cannot use \S*big\.service as a unit file: larger than the limit of 512 KiB/,
  );
  await cluster.file("typo.service", `${FILE}--port=80\n`);
  const warning =
    "WARNING: typo.service: --port= in [Service] is not an option and has no effect; if the line continues the line above, end the line above with a backslash\n";
  assert.equal((await cluster.fleetctl("submit", "typo.service")).stderr, warning);
  assert.equal((await cluster.fleetctl("start", "typo.service")).stderr, warning);
});

test("--host adds what this host's systemd says, without deciding anything", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "verify-"));
  t.after(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, "a.service"), FILE);
  const { host, ran } = fakeHost({ fails: () => "a.service: Command /bin/none is not executable\n" });
  const { code, stdout, stderr } = await withoutClusterWith({ host }, "verify", "--host", join(directory, "a.service"));
  assert.deepEqual([code, stdout], [0, `${join(directory, "a.service")}: fine\n`]);
  assert.equal(stderr, "this host's systemd: a.service: Command /bin/none is not executable\n");
  assert.deepEqual(ran, [`systemd-analyze verify --man=no ${join(directory, "a.service")}`]);
});
