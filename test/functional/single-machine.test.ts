import assert from "node:assert/strict";
import { test } from "node:test";
import { Lab, REPOSITORY, waitFor } from "../lab/index.ts";
import { join } from "node:path";

test("with fleetd --store embedded and no etcd, units run, survive a restart of the daemon, and start again after a reboot", async () => {
  await using lab = await Lab.open();
  const [host] = await lab.addHosts({
    hosts: 1,
    install: async ({ disk }) => {
      await disk.link("/usr/bin/fleetctl", join(REPOSITORY, "packages/fleetctl/bin/fleetctl"));
      const fleetd = join(REPOSITORY, "packages/fleetd/bin/fleetd");
      await disk.write(
        "/etc/systemd/system/alone.service",
        `[Service]\nType=notify\nExecStart=${fleetd} --store embedded\nRuntimeDirectory=fleet\nRuntimeDirectoryPreserve=yes\n`,
      );
      await disk.link("/etc/systemd/system/lab.target.wants/alone.service", "../alone.service");
    },
  });
  assert.ok(host);
  const fleetctl = (...args: string[]) => host.run(["fleetctl", ...args]);
  await waitFor(
    "fleetd to serve requests",
    async () => (await host.run(["fleetctl", "list-machines"], { check: false })).code === 0,
  );
  await host.writeFile("/tmp/solo.service", "[Service]\nExecStart=/bin/sleep 100000\n");
  await fleetctl("start", "/tmp/solo.service");
  const pid = (await host.show("solo.service", "MainPID"))["MainPID"];
  await host.run(["systemctl", "restart", "alone.service"]);
  assert.equal((await host.show("solo.service", "MainPID"))["MainPID"], pid);
  await host.powerCut();
  await host.powerOn();
  await waitFor("the unit to run again", () => host.isActive("solo.service"), { timeoutMs: 30_000 });
  const listed = async (): Promise<string> => (await fleetctl("list-units", "--no-legend")).stdout;
  await waitFor("the unit to be listed as running", async () =>
    /^solo\.service\t.*\tactive\trunning\n$/.test(await listed()),
  );
  await fleetctl("destroy", "solo.service");
});
