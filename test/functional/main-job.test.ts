import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Cluster, type ListedUnit, REPOSITORY, waitFor } from "../lab/index.ts";
import { SLEEPER, startUnits } from "./running-units.ts";

const REDIS = join(REPOSITORY, "units/redis.service");

let cluster: Cluster;
before(async () => {
  cluster = await Cluster.boot({ hosts: 3, config: (host) => ({ agent_ttl: "5s", metadata: `name=${host.name}` }) });
});
after(() => cluster.down());

test("the six main commands work with real systemd hosts", async () => {
  const host = cluster.host(1);
  const started = await cluster.fleetctl(host, ["start", REDIS]);
  assert.match(
    started.stdout,
    /^Unit redis\.service inactive\nUnit redis\.service launched on [0-9a-f]{8}\.\.\.\/10\.\d+\.\d+\.\d+\n$/,
  );

  const listed = await cluster.fleetctl(host, ["list-units"]);
  assert.match(
    listed.stdout,
    /^UNIT\t+MACHINE\t+ACTIVE\tSUB\nredis\.service\t[0-9a-f]{8}\.\.\.\/10\.\S+\tactive\trunning\n$/,
  );

  const home = await cluster.waitForActive("redis.service");
  assert.equal((await home.run(["redis-cli", "ping"])).stdout, "PONG\n");

  for (const asked of cluster.hosts) {
    const status = await cluster.fleetctl(asked, ["status", "redis.service"]);
    assert.match(status.stdout, /Loaded: loaded/);
    assert.match(status.stdout, /Active: active \(running\)/);
    await waitFor("redis's first journal lines", async () =>
      /Ready to accept connections/.test(
        (await cluster.fleetctl(asked, ["journal", "--lines=100", "redis.service"])).stdout,
      ),
    );
  }

  const stopped = await cluster.fleetctl(host, ["stop", "redis.service"]);
  assert.match(stopped.stdout, /^Unit redis\.service loaded on /);
  assert.equal(await home.isActive("redis.service"), false);

  const destroyed = await cluster.fleetctl(host, ["destroy", "redis.service"]);
  assert.equal(destroyed.stdout, "Destroyed redis.service\n");
  await cluster.waitForGone("redis.service");
  await waitFor(
    "systemd to unload the unit",
    async () => (await home.show("redis.service", "LoadState"))["LoadState"] === "not-found",
  );
});

test("list-units shows each copy of a global unit on its machine, from any daemon", async () => {
  const [host] = cluster.hosts;
  assert.ok(host);
  await startUnits(cluster, host, { "all.service": `${SLEEPER}[X-Fleet]\nGlobal=true\n` });
  const copies = new Set(cluster.hosts);
  for (const asked of cluster.hosts) {
    const find = (rows: readonly ListedUnit[]): boolean =>
      copies.symmetricDifference(new Set(rows.map((row) => (row.active === "active" ? row.host : undefined)))).size ===
      0;
    await cluster.waitForUnits("three active copies", find, { asked });
    const list = ["list-units", "--fields=unit,machine,active,sub", "--full", "--no-legend"];
    const rows = (await cluster.fleetctl(asked, list)).stdout.split("\n").filter((line) => line !== "");
    const expected = cluster.hosts.map(
      async (each) => `all.service ${await each.machineId()}/${each.ip} active running`,
    );
    assert.deepEqual(
      rows.map((row) => row.replaceAll(/\t+/g, " ")).toSorted(),
      (await Promise.all(expected)).toSorted(),
    );
  }
  await cluster.fleetctl(host, ["destroy", "all.service"]);
});

test("cat returns a submitted file byte for byte, from any daemon", async () => {
  const text =
    "# a comment\r\n[Unit]\nDescription=odd  \n\n\n[Service]\nExecStart=/bin/echo \\\n  one \\\n# not a comment\n  two\n;end";
  await cluster.host(1).writeFile("/tmp/odd.service", text);
  await cluster.fleetctl(cluster.host(1), ["submit", "/tmp/odd.service"]);
  for (const asked of cluster.hosts) assert.equal((await cluster.fleetctl(asked, ["cat", "odd.service"])).stdout, text);
  await cluster.fleetctl(cluster.host(2), ["destroy", "odd.service"]);
});

test("a unit runs where its metadata allows, and says why when no machine matches", async () => {
  const host = cluster.host(1);
  await host.writeFile(
    "/tmp/pinned.service",
    "[Service]\nExecStart=/bin/sleep 1000\n\n[X-Fleet]\nMachineMetadata=name=h2\n",
  );
  await cluster.fleetctl(host, ["start", "/tmp/pinned.service"]);
  assert.equal((await cluster.waitForActive("pinned.service")).name, "h2");
  await cluster.fleetctl(host, ["destroy", "pinned.service"]);

  await host.writeFile(
    "/tmp/nowhere.service",
    "[Service]\nExecStart=/bin/sleep 1000\n\n[X-Fleet]\nMachineMetadata=name=h9\n",
  );
  const failed = await cluster.fleetctl(host, ["start", "/tmp/nowhere.service"], { check: false });
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /3 machines: .*name=h9/);
  await cluster.fleetctl(host, ["destroy", "nowhere.service"]);
});

test("start of a unit that fails shows systemd's reason and the last journal lines, and exits with 1", async () => {
  const host = cluster.host(1);
  await host.writeFile(
    "/tmp/broken.service",
    "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo no disk today; exit 7'\n",
  );
  const failed = await cluster.fleetctl(host, ["start", "/tmp/broken.service"], { check: false });
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /exit-code/);
  assert.match(failed.stderr, /no disk today/);
  await cluster.fleetctl(host, ["destroy", "broken.service"]);
});

test("a journal is followed across machines until the reader leaves", async () => {
  const host = cluster.host(1);
  await host.writeFile(
    "/tmp/talker.service",
    "[Service]\nExecStart=/bin/sh -c 'n=0; while true; do n=$((n+1)); echo line $n; sleep 0.1; done'\n",
  );
  await cluster.fleetctl(host, ["start", "/tmp/talker.service"]);
  const home = await cluster.waitForActive("talker.service");
  const reader = cluster.hosts.find((other) => other !== home) ?? host;
  await using following = reader.spawn(["fleetctl", "journal", "-f", "--output=cat", "talker.service"]);
  const seen: number[] = [];
  for await (const line of following.lines()) {
    const number = Number(/^line (\d+)$/.exec(line)?.[1]);
    if (Number.isNaN(number)) continue;
    seen.push(number);
    if (seen.length === 25) break;
  }
  assert.deepEqual(
    seen,
    seen.map((_, index) => (seen[0] ?? 0) + index),
  );
  following.kill("SIGINT");
  await following.exit;
  const isRead = async () => (await home.run(["pgrep", "-x", "journalctl"], { check: false })).code === 0;
  await waitFor("the reader on the unit's machine to end", async () => !(await isRead()));

  // A quiet unit causes no write, so nothing reveals that its reader was killed.
  await cluster.fleetctl(host, ["stop", "talker.service"]);
  await using killed = reader.spawn(["fleetctl", "journal", "-f", "--lines=1", "talker.service"]);
  for await (const line of killed.lines()) if (line.includes("talker")) break;
  assert.ok(await isRead());
  killed.kill("SIGKILL");
  await waitFor("the killed reader's journalctl to end", async () => !(await isRead()));
  await cluster.fleetctl(host, ["destroy", "talker.service"]);
});

test("units of a machine that loses power are active elsewhere within the TTL plus five seconds", async () => {
  await cluster.fleetctl(cluster.host(1), ["start", REDIS]);
  const home = await cluster.waitForActive("redis.service");
  const asked = cluster.hosts.find((host) => host !== home) ?? home;
  await home.powerCut();
  const next = await cluster.waitForActive("redis.service", { elsewhere: home, timeoutMs: 10_000 });
  assert.equal((await next.run(["redis-cli", "ping"])).stdout, "PONG\n");

  await home.powerOn();
  await cluster.waitForMachines(3, asked);
  assert.equal(await home.isActive("redis.service"), false, "the rebooted machine started a unit that has moved");
  assert.equal((await cluster.waitForActive("redis.service")).name, next.name);
  await cluster.fleetctl(asked, ["destroy", "redis.service"]);
});
