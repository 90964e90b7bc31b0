import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, createApiToken, type Host, waitFor } from "../lab/index.ts";
import { SLEEPER, startUnits } from "./running-units.ts";

const PORT = 49_153;
const METRICS_PORT = 9_100;

/** One server that listens on TCP, and a host that asks it as a CI system does. */
let cluster: Cluster;
let server: Host;
let client: Host;
let endpoint: string;

before(async () => {
  cluster = await Cluster.boot({
    hosts: 1,
    config: ({ ip }) => ({
      listen: ["unix:///run/fleet.sock", `tcp://${ip}:${PORT}`],
      metrics_listen: [`tcp://${ip}:${METRICS_PORT}`],
    }),
    // The daemon opens its own sockets.
    install: async ({ disk }) =>
      disk.write("/etc/systemd/system/fleet.socket.d/off.conf", "[Unit]\nConditionPathExists=/nonexistent\n"),
  });
  await cluster.addAgents({ hosts: 1 });
  [server, client] = [cluster.host(1), cluster.host(2)];
  endpoint = `https://${server.ip}:${PORT}`;
  await startUnits(cluster, server, { "web.service": SLEEPER, "db.service": SLEEPER });
  for (const unit of ["web.service", "db.service"]) await cluster.waitForActive(unit, { asked: server });
});
after(() => cluster?.down());

/** Runs fleetctl as a CI system does: from another host, with the token in a variable. */
function fleetctl(token: string, ...args: readonly string[]) {
  const command = ["env", `FLEETCTL_TOKEN=${token}`, "fleetctl", `--endpoint=${endpoint}`, ...args];
  return client.run(command, { check: false });
}

test("a viewer sees everything and changes nothing; the refusal names the missing right", async () => {
  const token = await createApiToken(server, "viewer");
  const listed = await fleetctl(token, "list-units", "--no-legend");
  assert.match(listed.stdout, /web\.service/, listed.stderr);
  const refused = await fleetctl(token, "stop", "web.service");
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /viewer/);
  assert.equal((await fleetctl(token, "auth", "can-i", "stop", "web.service")).code, 1);
  assert.equal((await server.isActive("web.service")) || (await client.isActive("web.service")), true);
});

test("a deployer changes the units of its pattern, and no others", async () => {
  const made = await cluster.fleetctl(server, ["token", "create", "ci", "--role=deployer", "--units=web*"]);
  const token = /fleet1\.\S+/.exec(made.stdout)?.[0] ?? "";
  assert.equal((await fleetctl(token, "stop", "web.service")).code, 0);
  assert.equal((await fleetctl(token, "start", "web.service")).code, 0);
  const refused = await fleetctl(token, "destroy", "db.service");
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /db\.service/);
});

test("a revoked token is refused, and an open stream with it ends, within a second", async () => {
  const made = await cluster.fleetctl(server, ["token", "create", "short", "--role=viewer"]);
  const token = /fleet1\.\S+/.exec(made.stdout)?.[0] ?? "";
  const watch = `curl -sk --max-time 20 -o /tmp/stream -w '%{http_code}' -H "Authorization: Bearer ${token}" ${endpoint}/fleet/v2/watch`;
  const stream = client.run(["sh", "-c", watch], { check: false });
  await waitFor(
    "the stream to be open",
    async () => (await client.run(["test", "-e", "/tmp/stream"], { check: false })).code === 0,
  );
  await cluster.fleetctl(server, ["token", "revoke", "short"]);
  const revoked = performance.now();
  await stream;
  assert.ok(performance.now() - revoked < 1_000, `the stream went on for ${performance.now() - revoked} ms`);
  const refused = await fleetctl(token, "list-units");
  assert.match(refused.stderr, /token/);
  assert.notEqual(refused.code, 0);
});

test("a token of another cluster is not sent: the server's authority has another hash", async () => {
  const token = (await createApiToken(server, "admin")).replace(/^fleet1\.[0-9a-f]{8}/, "fleet1.00000000");
  const { stderr, code } = await fleetctl(token, "list-units");
  assert.notEqual(code, 0);
  assert.match(stderr, /hash|another cluster|not of the cluster/);
});

test("without a token there is no answer, plain HTTP is told to use TLS, and metrics have a port of their own", async () => {
  const curl = async (...args: readonly string[]) =>
    (await client.run(["curl", "-sk", "--max-time", "10", "-w", "\n%{http_code}", ...args], { check: false })).stdout;
  assert.match(await curl(`${endpoint}/fleet/v1/units`), /401$/);
  assert.match(await curl(`${endpoint}/metrics`), /401$/);
  assert.match(await curl(`http://${server.ip}:${PORT}/fleet/v1/units`), /TLS[^]*400$/);
  assert.match(await curl(`http://${server.ip}:${METRICS_PORT}/metrics`), /fleet_[^]*200$/);
  assert.doesNotMatch(await curl(`http://${server.ip}:${METRICS_PORT}/fleet/v1/units`), /200$/);
});

test("a flood of wrong tokens is summed up in the log, and no secret is in it", async () => {
  const wrong = `fleet1.${"0".repeat(64)}.aaaaaaaaaa.${"A".repeat(43)}`;
  const flood = `seq 300 | xargs -P 4 -I{} curl -sk -o /dev/null -H "Authorization: Bearer ${wrong}" ${endpoint}/fleet/v1/units`;
  const begun = performance.now();
  await client.run(["sh", "-c", flood]);
  const seconds = (performance.now() - begun) / 1_000;
  const journal = await server.journal("fleet.service");
  const entries = journal.split("\n").filter((line) => line.includes("refused an unauthenticated request"));
  assert.ok(entries.length <= 3 + seconds / 10, `${entries.length} entries in ${seconds} s`);
  assert.ok(!journal.includes("A".repeat(43)));
});
