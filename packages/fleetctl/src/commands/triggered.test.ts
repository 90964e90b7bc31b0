import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { FILE, testCluster } from "../cluster.fixture.ts";

const HERE = "113f16a7.../172.17.8.103";
const TIMER = "[Timer]\nOnCalendar=daily\n";

test("start of a timer loads the new service in the same directory", async (t) => {
  const cluster = await testCluster(t);
  await mkdir(join(cluster.directory, "units"));
  await writeFile(join(cluster.directory, "units/a.timer"), TIMER);
  await writeFile(join(cluster.directory, "units/a.service"), FILE);
  assert.deepEqual(await cluster.fleetctl("start", "units/a.timer"), {
    code: 0,
    stdout:
      "Unit a.service inactive\nUnit a.timer inactive\n" +
      `Unit a.service loaded on ${HERE}\nUnit a.timer launched on ${HERE}\n`,
    stderr: "loading unit a.service as well: a.timer starts it\n",
  });
  assert.deepEqual(await cluster.fleetctl("start", "units/a.timer"), { code: 0, stdout: "", stderr: "" });
});

test("a trigger's unit is found by Unit= and Service=, in the cluster and from templates too", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["job.service", "web@.service", "known.service"]) await cluster.file(name);
  await cluster.file("other.timer", `${TIMER}Unit=job.service\n`);
  await cluster.file("web@1.socket", "[Socket]\nListenStream=80\n");
  await cluster.file("known.path", "[Path]\nPathExists=/x\n");
  await cluster.fleetctl("submit", "known.service");
  const { code, stderr } = await cluster.fleetctl("load", "other.timer", "web@1.socket", "known.path");
  assert.equal(code, 0, stderr);
  assert.equal(
    stderr,
    "loading unit job.service as well: other.timer starts it\n" +
      "loading unit web@1.service as well: web@1.socket starts it\n" +
      "loading unit known.service as well: known.path starts it\n",
  );
});

test("a trigger without a local file loads its unit from the cluster", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("a.service");
  await cluster.file("a.timer", TIMER);
  await cluster.file("web@.service");
  await cluster.file("web@.timer", TIMER);
  await cluster.fleetctl("submit", "a.service", "a.timer", "web@.service", "web@.timer");
  for (const name of ["a.service", "a.timer", "web@.service", "web@.timer"]) await rm(join(cluster.directory, name));
  const { code, stderr } = await cluster.fleetctl("start", "a.timer", "web@1.timer");
  assert.equal(
    stderr,
    "loading unit a.service as well: a.timer starts it\n" +
      "loading unit web@1.service as well: web@1.timer starts it\n",
  );
  assert.equal(code, 0);
});

test("a trigger's unit that is given by name, running or unknown is not loaded", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["named.service", "running.service"]) await cluster.file(name);
  for (const name of ["named", "running", "hosts"]) await cluster.file(`${name}.timer`, TIMER);
  await cluster.file("each.socket", "[Socket]\nListenStream=80\nAccept=yes\n");
  await cluster.fleetctl("start", "running.service");
  const units = ["named.timer", "named.service", "running.timer", "hosts.timer", "each.socket"];
  const { code, stderr } = await cluster.fleetctl("start", ...units);
  assert.equal(code, 0);
  assert.match(stderr, /^.*each\.socket.*Accept=yes in \[Socket\].*\n$/);
  const { stdout } = await cluster.fleetctl("list-unit-files", "--no-legend", "--fields=unit,dstate");
  assert.match(stdout, /^named\.service\tlaunched$/m);
  assert.match(stdout, /^running\.service\tlaunched$/m);
  assert.doesNotMatch(stdout, /^(hosts|each)\.service/m);
});

test("a socket is sent before its service, and reported in the order of the arguments", async (t) => {
  const cluster = await testCluster(t);
  for (const name of ["a.service", "b.service"]) await cluster.file(name);
  await cluster.file("z.socket", "[Socket]\nListenStream=80\nService=a.service\n");
  const { code, stdout } = await cluster.fleetctl("start", "--no-block", "a.service", "z.socket", "b.service");
  assert.equal(code, 0);
  const began = ["a.service", "z.socket", "b.service"].map((name) => `Unit ${name} inactive\n`);
  assert.ok(stdout.startsWith(began.join("")), stdout);
  const { entries } = await cluster.store.range({ prefix: "unit/" });
  const [first] = entries.toSorted((a, b) => a.createRevision - b.createRevision);
  assert.equal(first?.key, "unit/z.socket");
});
