import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, waitFor } from "../lab/index.ts";

const ID = "d".repeat(32);

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({
    hosts: 2,
    autostart: false,
    config: () => ({ agent_ttl: "30s" }),
    install: ({ disk }) => disk.write("/etc/machine-id", `${ID}\n`),
  });
});
after(() => cluster.down());

test("the second daemon with a machine ID keeps running, answers 503 with the reason, and joins when the first one has left", async () => {
  const [first, second] = [cluster.host(1), cluster.host(2)];
  await first.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
  await cluster.waitForMachines(1, first);
  await second.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
  const refused = await waitFor("the second daemon to answer", async () => {
    const { stdout } = await second.run([
      "curl",
      "-s",
      "-w",
      "\n%{http_code}",
      "--unix-socket",
      "/run/fleet.sock",
      "http://x/fleet/v1/machines",
    ]);
    return /machine ID/.test(stdout) ? stdout : undefined;
  });
  assert.match(refused, /\n503$/);
  assert.match(refused, new RegExp(ID));
  // fleet's TestDetectMachineId expects these results of each fleetctl.
  const unlisted = await cluster.fleetctl(second, ["list-machines", "--no-legend"], { check: false });
  assert.equal(unlisted.code, 1);
  assert.match(unlisted.stderr, /fleet server unable to communicate with etcd/);
  assert.match(await second.journal("fleet.service"), /another daemon with machine ID/);
  assert.equal(await second.isActive("fleet.service"), true);
  const listed = await cluster.fleetctl(first, ["list-machines", "--no-legend"]);
  assert.match(listed.stdout, new RegExp(first.ip));

  await first.run(["systemctl", "stop", "fleet.service", "fleet.socket"]);
  await cluster.waitForMachines(1, second);
  assert.match((await cluster.fleetctl(second, ["list-machines", "--no-legend"])).stdout, new RegExp(second.ip));
});

test("a second daemon on the same host waits as well, and leaves the first daemon's lease alone", async () => {
  const host = cluster.host(2);
  await host.run([
    "systemd-run",
    "--unit=second",
    "--remain-after-exit",
    "fleetd",
    "--listen",
    "unix:///run/second.sock",
  ]);
  const answer = await waitFor("the second daemon to answer", async () => {
    const { stdout } = await host.run(
      ["curl", "-s", "-w", "\n%{http_code}", "--unix-socket", "/run/second.sock", "http://x/fleet/v1/machines"],
      { check: false },
    );
    return /another fleetd/.test(stdout) ? stdout : undefined;
  });
  assert.match(answer, /\n503$/);
  await cluster.waitForMachines(1, host);
  await host.run(["systemctl", "kill", "--signal=SIGTERM", "second.service"]);
  await waitFor(
    "the second daemon to end",
    async () => (await host.show("second.service", "SubState"))["SubState"] === "exited",
  );
  assert.equal((await host.show("second.service", "Result"))["Result"], "success");
  await cluster.waitForMachines(1, host);
});
