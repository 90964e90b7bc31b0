import assert from "node:assert/strict";
import { test } from "node:test";
import { FILE, MACHINE, testCluster } from "../cluster.fixture.ts";

const OTHER = `${FILE}User=nobody\n`;

test("import: a plan, then the units with their desired states; again, and there is nothing to do", async (t) => {
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
  assert.match(done.stderr, /^5 to do, 0 as it should be, 0 left, 0 refused; done\./);
  const list = ["list-unit-files", "--no-legend", "--fields=unit,hash,dstate"];
  assert.equal((await here.fleetctl(...list)).stdout, (await source.fleetctl(...list)).stdout);

  const again = await here.fleetctl("import", "--from", source.endpoint, "--output", "json");
  assert.equal(again.stderr, "");
  const { dryRun, units } = JSON.parse(again.stdout) as { dryRun: boolean; units: { action: string }[] };
  assert.equal(dryRun, false);
  assert.deepEqual(new Set(units.map(({ action }) => action)), new Set(["same"]));
});

test("import: a unit that differs here stays, unless --replace; --state holds units back", async (t) => {
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

test("import: no fleet at the other end, and no endpoint", async (t) => {
  const here = await testCluster(t);
  const nobody = await here.fleetctl("import", "--from", "unix:///nonexistent.sock");
  assert.equal(nobody.code, 5);
  assert.match(nobody.stderr, /nonexistent\.sock/);
  assert.equal((await here.fleetctl("import", "--from", "ftp://x")).code, 2);
  assert.equal((await here.fleetctl("import")).code, 2);
});
