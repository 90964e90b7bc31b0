import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { FILE, testCluster } from "../cluster.fixture.ts";

test("start submits and starts what a unit needs from the same directory, and stop takes dependents along", async (t) => {
  const cluster = await testCluster(t);
  const units = join(cluster.directory, "units");
  await mkdir(units);
  await writeFile(join(units, "web.service"), `[Unit]\nRequires=db.service\nAfter=network.target\n${FILE}`);
  await writeFile(join(units, "db.service"), `[Unit]\nWants=log@1.service\n${FILE}`);
  await writeFile(join(units, "log@.service"), FILE);
  const started = await cluster.fleetctl("start", "units/web.service");
  assert.equal(started.code, 0, started.stderr);
  assert.equal(
    started.stderr,
    "starting unit log@1.service as well: Wants=log@1.service of db.service\n" +
      "starting unit db.service as well: Requires=db.service of web.service\n",
  );
  const listed = await cluster.fleetctl("list-unit-files", "--no-legend", "--fields=unit,dstate");
  assert.equal(listed.stdout, "db.service\tlaunched\nlog@1.service\tlaunched\nweb.service\tlaunched\n");
  const stopped = await cluster.fleetctl("stop", "db.service");
  assert.equal(
    stopped.stderr,
    "stopping unit web.service as well: Requires=db.service of web.service\nSuccessfully stopped units [db.service].\n",
  );
});
