import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Lab, REPOSITORY, waitFor } from "../lab/index.ts";

test("the README's steps turn a bare host into a machine that runs a unit", async () => {
  await using lab = await Lab.open();
  const [host] = await lab.addHosts({ hosts: 1 });
  assert.ok(host);
  const said = await host.run(["sh", join(REPOSITORY, "scripts/install-host.sh")]);
  assert.match(said.stdout, /systemctl enable --now fleet\.socket fleet\.service/);
  const pages = ["man1/fleetctl.1", "man5/fleet.conf.5", "man5/fleet.unit.5", "man8/fleetd.8"];
  await host.run(["ls", ...pages.map((page) => `/usr/local/share/man/${page}`)]);
  await host.run(["sh", "-c", "echo store=embedded >> /etc/fleet/fleet.conf"]);
  await host.run(["systemctl", "enable", "--now", "fleet.socket", "fleet.service"]);
  await waitFor(
    "the machine to be listed",
    async () => (await host.run(["fleetctl", "list-machines", "--no-legend"])).stdout !== "",
  );
  await host.writeFile("/root/hello.service", "[Service]\nExecStart=/bin/sleep 100000\n");
  await host.run(["fleetctl", "start", "/root/hello.service"]);
  assert.equal(await host.isActive("hello.service"), true);

  // Changes the host's copy of the repository, as `git pull` would.
  const layers = "lowerdir=$0,upperdir=/run/pulled/upper,workdir=/run/pulled/work";
  const overlay = `mkdir -p /run/pulled/upper /run/pulled/work && mount -t overlay overlay -o ${layers} $0`;
  await host.run(["sh", "-c", overlay, REPOSITORY]);
  await host.run([
    "sed",
    "-i",
    's/"version": ".*"/"version": "99.0.0"/',
    join(REPOSITORY, "packages/fleetd/package.json"),
  ]);
  const again = await host.run(["sh", join(REPOSITORY, "scripts/install-host.sh")], { timeoutMs: 120_000 });
  assert.match(again.stdout, /systemctl restart fleet-guard fleet/);
  assert.match((await host.run(["fleetd", "--version"])).stdout, /99\.0\.0/);
});
