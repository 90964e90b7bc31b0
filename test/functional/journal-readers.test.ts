import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";

const PORT = 49_153;

/** A unit that logs one line and keeps running. */
const QUIET = "[Service]\nExecStart=/bin/sh -c 'echo hello; exec sleep infinity'\n";
const TALKER = "[Service]\nExecStart=/bin/sh -c 'while sleep 0.5; do echo again; done'\n";

/** A journalctl that gets no inotify(7) watches, as in a user namespace whose limit is 0. */
const WITHOUT_WATCHES = `#!/bin/sh
exec unshare --user --map-root-user sh -c \\
  'echo 0 >/run/proc/sys/user/max_inotify_instances; exec /usr/bin/journalctl "$@"' journalctl "$@"
`;

let cluster: Cluster;
let home: Host;
let reader: Host;
before(async () => {
  cluster = await Cluster.boot({
    hosts: 2,
    config: () => ({ agent_ttl: "5s", insecure_api: true }),
    install: ({ disk }) =>
      disk.write("/etc/systemd/system/fleet.socket.d/tcp.conf", `[Socket]\nListenStream=${PORT}\n`),
  });
  [home, reader] = [cluster.host(1), cluster.host(2)];
  const there = `[X-Fleet]\nMachineID=${await home.machineId()}\n`;
  await home.writeFile("/tmp/quiet.service", QUIET + there);
  await home.writeFile("/tmp/talker.service", TALKER + there);
  await cluster.fleetctl(home, ["start", "/tmp/quiet.service", "/tmp/talker.service"]);
});
after(() => cluster.down());

async function readersAtHome(): Promise<number> {
  const { stdout } = await home.run(["pgrep", "--count", "--exact", "journalctl"], { check: false });
  return Number(stdout);
}

/** Returns whether the reader's host has acknowledged all data. */
async function isAllAcknowledged(): Promise<boolean> {
  const { stdout } = await home.run(["ss", "-Htn", "state", "established", "dst", reader.ip]);
  const connections = stdout.split("\n").filter((line) => line !== "");
  return connections.length > 1 && connections.every((line) => line.trim().split(/\s+/)[1] === "0");
}

test("a journal can be followed without inotify watches, and both sides are warned", async () => {
  await home.run(["sh", "-c", "mkdir /run/proc && mount -t proc proc /run/proc"]);
  await home.writeFile("/usr/local/bin/journalctl", WITHOUT_WATCHES);
  await home.run(["chmod", "+x", "/usr/local/bin/journalctl"]);
  try {
    await using following = reader.spawn(["fleetctl", "journal", "-f", "--lines=0", "--output=cat", "talker.service"]);
    const told = text(following.stderr);
    let lines = 0;
    for await (const line of following.lines()) if (line === "again" && (lines += 1) === 10) break;
    following.kill("SIGINT");
    assert.match(await told, /the daemon ends the stream; see `journalctl -u fleet` on machine \w+;/);
    const log = await home.journal("fleet.service");
    assert.match(log, /a journal stream to another daemon failed.*stopped following.*watch descriptors/);
  } finally {
    await home.run(["rm", "/usr/local/bin/journalctl"]);
  }
});

test("a daemon drops a journal reader 20 s after its host has lost power, on both listeners", async () => {
  const follow = ["journal", "-f", "--lines=all", "--output=cat", "quiet.service"];
  await using direct = reader.spawn(["fleetctl", `--endpoint=http://${home.ip}:${PORT}`, ...follow]);
  await using peer = reader.spawn(["fleetctl", ...follow]);
  for (const following of [direct, peer]) for await (const line of following.lines()) if (line === "hello") break;
  assert.equal(await readersAtHome(), 2);
  // Otherwise TCP would retransmit for many minutes and send no keepalive probes.
  await waitFor("all data to be acknowledged", isAllAcknowledged);
  // Looks like a power cut to the daemon: no further segment arrives, not even one that ends the connection.
  await reader.cutNetwork();
  await waitFor("both readers to end", async () => (await readersAtHome()) === 0, { timeoutMs: 40_000 });
  await reader.healNetwork();
});
