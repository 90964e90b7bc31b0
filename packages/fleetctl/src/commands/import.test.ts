import assert from "node:assert/strict";
import { test } from "node:test";
import { FILE, MACHINE, testCluster } from "../cluster.fixture.ts";
import { fleetOne, fleetOneHash, type FleetOneOption, type FleetOneUnit } from "../import/fleet-one.fixture.ts";

const OTHER = `${FILE}User=nobody\n`;

test("import: the steps, then the units with their desired states; a second import has nothing to do", async (t) => {
  const [source, here] = [await testCluster(t), await testCluster(t)];
  for (const name of ["run.service", "wait.service", "known.service", "t@.service"]) await source.file(name);
  await source.file("all.service", `${FILE}\n[X-Fleet]\nGlobal=true\n`);
  await source.fleetctl("start", "run.service", "all.service");
  await source.fleetctl("load", "wait.service");
  await source.fleetctl("submit", "known.service", "t@.service");
  const dry = await here.fleetctl("import", "--from", source.endpoint, "--dry-run");
  assert.equal(dry.code, 0);
  assert.match(dry.stdout, /^ACTION\t+WHAT\t+STATE\t+NOTE\n/);
  assert.match(dry.stdout, /^create\t+run\.service\t+launched\t+-$/m);
  assert.match(dry.stderr, /^5 to do, .*Nothing was done \(--dry-run\)\.\n$/);
  assert.equal((await here.fleetctl("list-unit-files", "--no-legend")).stdout, "");

  const done = await here.fleetctl("import", "--from", source.endpoint);
  assert.deepEqual([done.code, done.stdout], [0, dry.stdout]);
  assert.match(done.stderr, /^5 to do, 0 up to date, 0 skipped, 0 refused; done\./);
  const list = ["list-unit-files", "--no-legend", "--fields=unit,hash,dstate"];
  assert.equal((await here.fleetctl(...list)).stdout, (await source.fleetctl(...list)).stdout);

  const again = await here.fleetctl("import", "--from", source.endpoint, "--output", "json");
  assert.equal(again.stderr, "");
  const { dryRun, units } = JSON.parse(again.stdout) as { dryRun: boolean; units: { action: string }[] };
  assert.equal(dryRun, false);
  assert.deepEqual(new Set(units.map(({ action }) => action)), new Set(["same"]));
});

test("import: a unit that differs stays without --replace; --state limits desired states", async (t) => {
  const [source, here] = [await testCluster(t), await testCluster(t)];
  await source.file("a.service");
  await source.fleetctl("start", "a.service");
  await here.file("a.service", OTHER);
  await here.fleetctl("submit", "a.service");
  const kept = await here.fleetctl("import", "--from", source.endpoint);
  assert.equal(kept.code, 0);
  assert.match(kept.stdout, /^keep\t+a\.service\t+inactive\t.*--replace/m);
  assert.equal((await here.fleetctl("cat", "a.service")).stdout, OTHER);
  await here.fleetctl("import", "--from", source.endpoint, "--replace", "--state", "loaded");
  assert.equal((await here.fleetctl("cat", "a.service")).stdout, FILE);
  const states = ["list-unit-files", "--no-legend", "--fields=dstate"];
  assert.equal((await here.fleetctl(...states)).stdout, "loaded\n");
  await here.fleetctl("import", "--from", source.endpoint);
  assert.equal((await here.fleetctl(...states)).stdout, "launched\n");
});

test("import: metadata that was set at run time, for machines that are in both clusters", async (t) => {
  const [source, here] = [await testCluster(t), await testCluster(t)];
  await source.fleetctl("metadata", "set", MACHINE, "rack=7");
  const { stdout } = await here.fleetctl("import", "--from", source.endpoint);
  assert.match(stdout, /^set\t+113f16a7\.\.\.\t+-\t+rack=7$/m);
  assert.match((await here.fleetctl("list-machines", "--full")).stdout, new RegExp(`${MACHINE}\\t.*rack=7`));
});

test("import: no answer from the endpoint, and no endpoint", async (t) => {
  const here = await testCluster(t);
  const nobody = await here.fleetctl("import", "--from", "unix:///nonexistent.sock");
  assert.equal(nobody.code, 5);
  assert.match(nobody.stderr, /nonexistent\.sock/);
  assert.equal((await here.fleetctl("import", "--from", "ftp://x")).code, 2);
  assert.equal((await here.fleetctl("import")).code, 2);
});

test("import: from fleet 1.0, over several pages, with typical unit files of its time", async (t) => {
  const option = (section: string, name: string, value?: string): FleetOneOption => ({
    section,
    name,
    ...(value !== undefined && { value }),
  });
  const service = (...more: readonly FleetOneOption[]): readonly FleetOneOption[] => [
    option("Unit", "Description", "A unit; of the time # of CoreOS"),
    option("Unit", "After", "docker.service"),
    option("Service", "EnvironmentFile", "/etc/environment"),
    // An empty value resets a list in systemd.
    option("Service", "ExecStartPre"),
    option("Service", "ExecStart", "/usr/bin/docker run --name %p-%i \\\n  -e \"A='b' c=$D\" \\\n  busybox sleep 1000"),
    ...more,
  ];
  const many = Array.from({ length: 250 }, (_, n): FleetOneUnit => ({
    name: `many@${n}.service`,
    options: service(option("X-Fleet", "X-Conflicts", "none@*.service")),
    desiredState: "launched",
    currentState: "launched",
    machineID: MACHINE,
  }));
  const units: readonly FleetOneUnit[] = [
    { name: "a@.service", options: service(option("X-Fleet", "MachineOf", "b@%i.service")), desiredState: "inactive" },
    {
      name: "a@1.service",
      options: service(option("X-Fleet", "X-ConditionMachineOf", "b@1.service")),
      desiredState: "loaded",
    },
    { name: "all.service", options: service(option("X-Fleet", "Global", "true")), desiredState: "launched" },
    {
      name: "b.timer",
      options: [option("Timer", "OnCalendar", "daily")],
      desiredState: "loaded",
      currentState: "inactive",
    },
    {
      name: "meta.service",
      options: service(option("X-Fleet", "MachineMetadata", '"region=us" "disk=ssd"')),
      desiredState: "launched",
    },
    ...many,
  ];
  const there = await fleetOne(t, units, [
    { id: MACHINE, primaryIP: "10.0.0.1", metadata: { region: "us", rack: "7" } },
    { id: "9".repeat(32), primaryIP: "10.0.0.9" },
  ]);
  const here = await testCluster(t);
  const { code, stderr } = await here.fleetctl("import", "--from", there.endpoint);
  assert.equal(code, 0);
  assert.match(stderr, /^WARNING: a@1\.service: X-ConditionMachineOf= .* is an old spelling, still accepted/m);
  assert.match(stderr, /^WARNING: many@0\.service and 249 more: X-Conflicts= .* is an old spelling, still accepted/m);
  assert.match(stderr, /\n256 to do, 0 up to date, 0 skipped, 0 refused; done\./);

  const listed = await here.fleetctl("list-unit-files", "--full", "--no-legend", "--fields=unit,hash,dstate");
  const wanted = units.map((unit) => `${unit.name}\t${fleetOneHash(unit)}\t${unit.desiredState}`);
  assert.deepEqual(
    listed.stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => line.replaceAll(/\t+/g, "\t")),
    wanted.toSorted(),
  );
  assert.match((await here.fleetctl("list-machines", "--compat")).stdout, /\tdisk=ssd,rack=7,region=us\n/);
  assert.deepEqual(there.requests.toSorted(), [
    "GET /fleet/v1/machines",
    "GET /fleet/v1/units",
    "GET /fleet/v1/units?nextPageToken=ZAACAA%3D%3D",
    "GET /fleet/v1/units?nextPageToken=ZAADAA%3D%3D",
  ]);
});

test("import: an old cluster without units", async (t) => {
  const [there, here] = [await fleetOne(t, [], []), await testCluster(t)];
  const { code, stderr } = await here.fleetctl("import", "--from", there.endpoint);
  assert.deepEqual([code, stderr.startsWith("0 to do, ")], [0, true]);
});
