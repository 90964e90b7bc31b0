import assert from "node:assert/strict";
import { test } from "node:test";
import { Cluster } from "../lab/index.ts";
import { SLEEPER, startUnits } from "./running-units.ts";

const FILES = {
  "plain.service": SLEEPER,
  "job.timer": "[Timer]\nOnCalendar=hourly\n",
  "job.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
  "everywhere.service": `${SLEEPER}\n[X-Fleet]\nGlobal=true\n`,
  "web@.service": SLEEPER,
  "web@1.service": SLEEPER,
};

test("restoring a cluster's backup into another cluster starts the same units", async () => {
  await using old = await Cluster.boot({ hosts: 2 });
  const { "web@.service": template, ...runnable } = FILES;
  await old.host(1).writeFile("/tmp/units/web@.service", template);
  await startUnits(old, old.host(1), runnable);
  await old.fleetctl(old.host(1), ["submit", "/tmp/units/web@.service"]);
  await old.fleetctl(old.host(1), ["backup", "/root/all.json"]);
  const backup = (await old.host(1).run(["cat", "/root/all.json"])).stdout;
  await old.down();

  await using fresh = await Cluster.boot({ hosts: 2 });
  const host = fresh.host(2);
  await host.writeFile("/root/all.json", backup);
  const begun = performance.now();
  const { stdout } = await fresh.fleetctl(host, ["restore", "/root/all.json"]);
  assert.match(stdout, /^Restored 6 of 6 units/m);
  for (const unit of ["plain.service", "job.timer", "everywhere.service", "web@1.service"])
    await fresh.waitForActive(unit);
  console.log(`6 units ran again ${((performance.now() - begun) / 1000).toFixed(1)} s after the start of the restore`);
  await fresh.fleetctl(host, ["backup", "/root/again.json"]);
  assert.equal((await host.run(["cat", "/root/again.json"])).stdout, backup);
});
