import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { putFiles, SLEEPER } from "./running-units.ts";

const PORT = 49_153;

/** Two clusters in one lab: each host uses its own prefix in the store. */
let lab: Cluster;
let old: Host;
let fresh: Host;
before(async () => {
  lab = await Cluster.boot({
    hosts: 2,
    autostart: false,
    config: ({ name }) => ({
      etcd_key_prefix: `/${name}/`,
      metadata: `name=${name}`,
      agent_ttl: "10s",
      insecure_api: true,
    }),
    install: ({ disk }) =>
      disk.write("/etc/systemd/system/fleet.socket.d/tcp.conf", `[Socket]\nListenStream=${PORT}\n`),
  });
  [old, fresh] = [lab.host(1), lab.host(2)];
  for (const host of lab.hosts) {
    await host.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
    await lab.waitForMachines(1, host);
  }
});
after(() => lab.down());

const listing = ["list-unit-files", "--no-legend", "--fields=unit,hash,dstate"];

test("a cluster is migrated: an import with --state=inactive starts nothing, a second import starts the units", async () => {
  const files = {
    "app.service": SLEEPER,
    "web@.service": SLEEPER,
    "web@1.service": SLEEPER,
    "later.service": SLEEPER,
    "everywhere.service": `${SLEEPER}\n[X-Fleet]\nGlobal=true\n`,
  };
  await putFiles(old, files);
  const paths = (...names: readonly string[]): string[] => names.map((name) => `/tmp/units/${name}`);
  await lab.fleetctl(old, ["submit", ...paths("web@.service")]);
  await lab.fleetctl(old, ["load", ...paths("later.service")]);
  await lab.fleetctl(old, ["start", ...paths("app.service", "web@1.service", "everywhere.service")]);
  const there = (await lab.fleetctl(old, listing)).stdout;
  const from = `--from=http://${old.ip}:${PORT}`;

  const plan = await lab.fleetctl(fresh, ["import", from, "--state=inactive", "--dry-run"]);
  assert.equal(plan.stdout.match(/^create\t/gm)?.length, 5);
  assert.equal((await lab.fleetctl(fresh, listing)).stdout, "");
  assert.equal((await lab.fleetctl(fresh, ["import", from, "--state=inactive"])).stdout, plan.stdout);
  assert.equal((await lab.fleetctl(fresh, listing)).stdout, there.replaceAll(/launched|loaded/g, "inactive"));
  assert.equal(await fresh.isActive("app.service"), false);

  await lab.fleetctl(fresh, ["import", from]);
  assert.equal((await lab.fleetctl(fresh, listing)).stdout, there);
  const active = ["app.service", "web@1.service", "everywhere.service"];
  await waitFor("the units to run in the new cluster", async () => {
    const states = await Promise.all(active.map((unit) => fresh.isActive(unit)));
    return states.every(Boolean);
  });
  for (const unit of active) assert.equal(await old.isActive(unit), true, "the import changed the old cluster");

  await lab.fleetctl(old, ["stop", "app.service"]);
  const again = await lab.fleetctl(fresh, ["import", from, "--output=json"]);
  const { units } = JSON.parse(again.stdout) as { units: { unit: string; action: string; state: string }[] };
  assert.deepEqual(
    units.map(({ unit, action, state }) => `${action} ${unit} ${state}`),
    [
      "same app.service launched",
      "same everywhere.service launched",
      "same later.service loaded",
      "same web@.service inactive",
      "same web@1.service launched",
    ],
  );
  assert.equal(await fresh.isActive("app.service"), true, "the import stopped a unit");
});

test("import keeps a unit that differs, with a note, until --replace is given", async () => {
  const changed = `${SLEEPER}Nice=5\n`;
  await putFiles(fresh, { "app.service": changed });
  await lab.fleetctl(fresh, ["start", "--replace", "/tmp/units/app.service"]);
  const from = `--from=http://${old.ip}:${PORT}`;
  assert.match((await lab.fleetctl(fresh, ["import", from])).stdout, /^keep\t+app\.service\t.*--replace/m);
  assert.equal((await lab.fleetctl(fresh, ["cat", "app.service"])).stdout, changed);
  assert.match((await lab.fleetctl(fresh, ["import", from, "--replace"])).stdout, /^replace\t+app\.service\t/m);
  assert.doesNotMatch((await lab.fleetctl(fresh, ["cat", "app.service"])).stdout, /Nice/);
});

test("metadata of a machine that is not in this cluster is reported and skipped", async () => {
  const id = await old.machineId();
  await lab.fleetctl(old, ["metadata", "set", id, "disk=ssd"]);
  const from = `--from=http://${old.ip}:${PORT}`;
  const before = await lab.fleetctl(fresh, ["import", from]);
  assert.match(before.stdout, /^absent\t.*disk=ssd.*the machine is not in this cluster/m);
});

test("import from an endpoint that does not answer fails with exit code 5 and changes nothing", async () => {
  const before = (await lab.fleetctl(fresh, listing)).stdout;
  const refused = await lab.fleetctl(fresh, ["import", `--from=http://${old.ip}:1`], { check: false });
  assert.equal(refused.code, 5);
  assert.match(refused.stderr, new RegExp(`${old.ip}:1`));
  assert.equal((await lab.fleetctl(fresh, listing)).stdout, before);
});
