import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { apiRequest } from "./api-request.ts";
import { putFiles, SLEEPER } from "./running-units.ts";

/** A value of a unit file, of metadata and of a header, which must not get into any entry. */
const SECRET = "hunter2-in-the-clear";

interface Entry {
  readonly time: string;
  readonly server: string;
  readonly who: string;
  readonly name?: string;
  readonly from?: string;
  readonly verb: string;
  readonly unit?: string;
  readonly object?: string;
  readonly revision?: number;
  readonly result: string;
  readonly reason?: string;
}

let cluster: Cluster;
let first: Host;
let second: Host;
before(async () => {
  cluster = await Cluster.boot({ hosts: 2 });
  [first, second] = [cluster.host(1), cluster.host(2)];
});
after(() => cluster.down());

async function audit(host: Host, ...args: readonly string[]): Promise<readonly Entry[]> {
  const { stdout } = await cluster.fleetctl(host, ["audit", "--output", "json", ...args]);
  return JSON.parse(stdout) as Entry[];
}

/** The journal takes an entry without an answer, and shows it soon after. */
async function waitForEntry(host: Host, wanted: Partial<Entry>, ...args: readonly string[]): Promise<Entry> {
  return waitFor(`an entry with ${JSON.stringify(wanted)}`, async () =>
    (await audit(host, ...args)).find((entry) =>
      Object.entries(wanted).every(([name, value]) => entry[name as keyof Entry] === value),
    ),
  );
}

test("each server shows the changes that were made through any server, with who made them", async () => {
  await putFiles(first, { "a.service": `${SLEEPER}Environment=PASSWORD=${SECRET}\n` });
  await cluster.fleetctl(first, ["start", "/tmp/units/a.service"]);
  await cluster.fleetctl(second, ["stop", "a.service"]);
  const [id, otherID] = [await first.machineId(), await second.machineId()];
  for (const host of [first, second]) {
    const started = await waitForEntry(host, { verb: "start", unit: "a.service" });
    assert.deepEqual(
      [started.server, started.who, started.name, started.result, typeof started.revision],
      [id, "local", "root", "done", "number"],
    );
    assert.match(started.from ?? "", /^pid \d+$/);
    const stopped = await waitForEntry(host, { verb: "stop", unit: "a.service" });
    assert.equal(stopped.server, otherID);
    assert.ok(stopped.time > started.time && (stopped.revision ?? 0) > (started.revision ?? 0));
  }
  const times = (await audit(first)).map(({ time }) => time);
  assert.deepEqual(times, times.toSorted());
});

test("refusals are recorded, and neither they nor changes quote a file, metadata or a header", async () => {
  const headers = { authorization: `Bearer ${SECRET}` };
  const id = await first.machineId();
  const requests = [
    ["PUT", "/fleet/v2/units/b.service", { file: `${SECRET}\n${SLEEPER}` }, 400],
    ["PUT", "/fleet/v2/units/c.service", { file: `${SLEEPER}Environment=P=${SECRET}\n` }, 201],
    ["PATCH", `/fleet/v2/machines/${id}/metadata`, { set: { key: SECRET } }, 204],
    ["DELETE", "/fleet/v2/units/missing.service", undefined, 404],
  ] as const;
  for (const [method, path, body, status] of requests)
    assert.equal((await apiRequest(first, path, { method, body, headers })).status, status, `${method} ${path}`);
  const refused = await waitForEntry(second, { verb: "destroy", unit: "missing.service" });
  assert.deepEqual([refused.result, refused.revision], ["refused", undefined]);
  assert.equal(refused.reason, "unit-not-found");
  await waitForEntry(second, { verb: "put", unit: "b.service", result: "refused", reason: "bad-unit-file" });
  await waitForEntry(second, { verb: "metadata", object: `machines/${id}/metadata`, result: "done" });
  await waitForEntry(second, { verb: "submit", unit: "c.service", result: "done" });
  for (const host of cluster.hosts) {
    const { stdout } = await host.run(["journalctl", "FLEET_AUDIT=1", "--output=verbose", "--all", "--no-pager"]);
    assert.ok(stdout.includes("FLEET_AUDIT_VERB="));
    assert.ok(!stdout.includes(SECRET));
  }
});

test("entries are chosen by unit, name and time", async () => {
  assert.deepEqual(new Set((await audit(first, "a")).map(({ unit }) => unit)), new Set(["a.service"]));
  assert.ok((await audit(first, "--by", "root")).length > 0);
  assert.ok((await audit(first, "--by", "local")).length > 0);
  assert.deepEqual(await audit(first, "--by", "nobody"), []);
  assert.deepEqual(await audit(first, "--since", "2100-01-01"), []);
  assert.equal((await audit(first, "--since", "1h", "-n", "1")).length, 1);
});

test("another process on the host cannot add an entry", async () => {
  const forged =
    "MESSAGE=x\\nFLEET_AUDIT=1\\nFLEET_AUDIT_WHO=token\\nFLEET_AUDIT_VERB=forged\\nFLEET_AUDIT_RESULT=done\\n";
  await first.run(["sh", "-c", `printf '${forged}' | logger --journald`]);
  await waitFor("the forged entry to be in the journal", async () =>
    (await first.run(["journalctl", "FLEET_AUDIT_VERB=forged", "--output=cat"])).stdout.includes("x"),
  );
  assert.ok((await audit(first)).every(({ verb }) => verb !== "forged"));
});

test("a server that does not answer is named, and the others are shown", async () => {
  await second.run(["systemctl", "kill", "--signal=STOP", "fleet.service"]);
  try {
    const { code, stdout, stderr } = await cluster.fleetctl(first, ["audit", "a"], { check: false });
    assert.equal(code, 6);
    assert.match(stdout, /start\s+a\.service/);
    assert.match(
      stderr,
      new RegExp(`^the entries of server ${(await second.machineId()).slice(0, 8)}.* are missing: `, "m"),
    );
  } finally {
    await second.run(["systemctl", "kill", "--signal=CONT", "fleet.service"]);
  }
});
