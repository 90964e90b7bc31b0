import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cluster, type FleetConfig, type Host, waitFor } from "../lab/index.ts";
import { apiRequest } from "./api-request.ts";
import { SLEEPER, startUnits } from "./running-units.ts";

const PREFIX = "/of/this/cluster/";
const PUBLIC_IP = "192.0.2.7";

/** Options of one machine only: the other machine shows the default. */
const CONFIG: Readonly<Record<string, FleetConfig>> = {
  h1: {
    agent_ttl: "7s",
    token_limit: 2,
    disable_engine: true,
    etcd_request_timeout: "0.3",
    verbosity: 1,
    metadata: " zone = a , name=wrong,name=h1, path=a=b, empty=, bare",
    disable_watches: true,
    enable_grpc: true,
    authorized_keys_file: "/root/.ssh/authorized_keys",
  },
  h2: { public_ip: PUBLIC_IP, engine_reconcile_interval: "0.25" },
};

let cluster: Cluster;
let first: Host;
let second: Host;
before(async () => {
  cluster = await Cluster.boot({
    hosts: 2,
    config: ({ name }) => ({ etcd_key_prefix: PREFIX, ...CONFIG[name] }),
  });
  [first, second] = [cluster.host(1), cluster.host(2)];
});
after(() => cluster.down());

/** Calls etcd's JSON gateway; every bytes field is base64. */
async function etcd<T>(path: string, body: unknown): Promise<T> {
  const answer = await fetch(`${cluster.etcd.endpoint}/v3/${path}`, { method: "POST", body: JSON.stringify(body) });
  return (await answer.json()) as T;
}

async function metric(host: Host, name: string): Promise<number> {
  const { text } = await apiRequest(host, "/metrics");
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

test("etcd_key_prefix: every key begins with it", async () => {
  const NUL = "AA==";
  interface Keys {
    readonly kvs: readonly { readonly key: string }[];
  }
  const { kvs } = await etcd<Keys>("kv/range", { key: NUL, range_end: NUL, keys_only: true });
  const keys = kvs.map(({ key }) => Buffer.from(key, "base64").toString());
  assert.ok(keys.length >= 3);
  assert.deepEqual(
    keys.filter((key) => !key.startsWith(PREFIX)),
    [],
  );
});

test("agent_ttl: the lease of the machine's record has this TTL, 30 s by default", async () => {
  const ttlOf = async (host: Host): Promise<number> => {
    const key = Buffer.from(`${PREFIX}machine/${await host.machineId()}`).toString("base64");
    const { kvs } = await etcd<{ readonly kvs: readonly { readonly lease: string }[] }>("kv/range", { key });
    const { grantedTTL } = await etcd<{ readonly grantedTTL: string }>("lease/timetolive", { ID: kvs[0]?.lease });
    return Number(grantedTTL);
  };
  assert.deepEqual([await ttlOf(first), await ttlOf(second)], [7, 30]);
});

test("public_ip and metadata appear in the machine's record", async () => {
  const { machines } = (await apiRequest(second, "/fleet/v1/machines")).json as {
    readonly machines: readonly { readonly id: string; readonly primaryIP: string; readonly metadata: unknown }[];
  };
  const [h1, h2] = await Promise.all(
    [first, second].map(async (host) => {
      const id = await host.machineId();
      return machines.find((machine) => machine.id === id);
    }),
  );
  assert.deepEqual([h1?.primaryIP, h1?.metadata], [first.ip, { zone: "a", name: "h1", path: "a=b", empty: "" }]);
  assert.match(
    await first.journal("fleet.service"),
    /ignoring metadata that is not key=value, or whose key is __proto__.* metadata=bare/,
  );
  assert.equal(h2?.primaryIP, PUBLIC_IP);
  assert.match((await cluster.fleetctl(first, ["list-machines"])).stdout, new RegExp(PUBLIC_IP));
});

test("token_limit: pages of API v1 from this daemon have this many entries", async () => {
  const names = ["a", "b", "c", "d", "e"].map((name) => `${name}.service`);
  const options = [{ section: "Service", name: "ExecStart", value: "/bin/true" }];
  for (const name of names) {
    const body = { desiredState: "inactive", options };
    assert.equal((await apiRequest(first, `/fleet/v1/units/${name}`, { method: "PUT", body })).status, 201);
  }
  const sizes: number[] = [];
  let query = "";
  do {
    const page = (await apiRequest(first, `/fleet/v1/units${query}`)).json as {
      readonly units: readonly unknown[];
      readonly nextPageToken?: string;
    };
    sizes.push(page.units.length);
    query = page.nextPageToken === undefined ? "" : `?nextPageToken=${page.nextPageToken}`;
  } while (query !== "");
  assert.deepEqual(sizes, [2, 2, 1]);
  const whole = (await apiRequest(second, "/fleet/v1/units")).json as { readonly units: readonly unknown[] };
  assert.equal(whole.units.length, 5);
  await cluster.fleetctl(first, ["destroy", ...names]);
});

test("engine_reconcile_interval: the engine makes a pass at each interval, even without work", async () => {
  const passes = (): Promise<number> => metric(second, "fleet_engine_reconcile_count_total");
  const [before, begun] = [await passes(), performance.now()];
  await waitFor("six more passes", async () => (await passes()) >= before + 6, { intervalMs: 100 });
  // With the default of 2 s, six passes would take 12 s.
  assert.ok(performance.now() - begun < 6_000);
});

test("verbosity: debug lines are in the journal of the daemon that has the option", async () => {
  await startUnits(cluster, first, {
    "one.service": `${SLEEPER}\n[X-Fleet]\nConflicts=two.service\n`,
    "two.service": SLEEPER,
  });
  const debug = ["journalctl", "--unit=fleet.service", "--priority=debug..debug", "--output=cat", "--no-pager", "-q"];
  assert.match((await first.run(debug)).stdout, /doing a task/);
  assert.equal((await second.run(debug)).stdout, "");
  await cluster.fleetctl(first, ["destroy", "one.service", "two.service"]);
});

test("etcd_request_timeout: a request that needs etcd fails after this time", async () => {
  const refusal = async (host: Host): Promise<string> => {
    const { status, text } = await apiRequest(host, "/fleet/v1/units/x.service", {
      method: "PUT",
      body: { desiredState: "inactive", options: [{ section: "Service", name: "ExecStart", value: "/bin/true" }] },
    });
    assert.equal(status, 503, text);
    return text;
  };
  cluster.etcd.freeze();
  try {
    assert.match(await refusal(first), /did not answer within 300 ms/);
    assert.match(await refusal(second), /did not answer within 1000 ms/);
  } finally {
    cluster.etcd.thaw();
  }
  await cluster.waitForRecovery();
});

test("disable_engine: the daemon never leads, even when no other daemon leads", async () => {
  const leader = async (): Promise<string | undefined> =>
    ((await apiRequest(first, "/fleet/v2/version")).json as { readonly leader?: string }).leader;
  const id = await second.machineId();
  // The previous test's outage may have ended the second daemon's term.
  await waitFor("the second daemon to lead", async () => (await leader()) === id, { timeoutMs: 60_000 });
  await second.run(["systemctl", "stop", "fleet.socket", "fleet.service"]);
  await cluster.waitForMachines(1, first);
  await cluster.fleetctl(first, ["submit", "/tmp/units/two.service"]);
  const body = { desiredState: "launched" };
  await apiRequest(first, "/fleet/v2/units/two.service", { method: "PUT", body });
  assert.equal(await leader(), undefined);
  assert.equal(await metric(first, "fleet_engine_leading"), 0);
  await second.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
  await waitFor("the unit to be placed", async () =>
    (await cluster.listUnits(first)).some(({ unit, active }) => unit === "two.service" && active === "active"),
  );
  await cluster.fleetctl(first, ["destroy", "two.service"]);
});

test("disable_watches, enable_grpc and authorized_keys_file are accepted, and both of fleet's socket paths lead to one socket", async () => {
  // On the host, because the link /var/run is absolute.
  const ask = ["curl", "-s", "--unix-socket", "/var/run/fleet.sock", "http://fleet/fleet/v2/version"];
  assert.equal((await first.run(ask)).stdout, (await apiRequest(first, "/fleet/v2/version")).text);
  assert.equal((await cluster.fleetctl(first, ["list-machines", "--no-legend"])).stdout.trim().split("\n").length, 2);
});

test("-config FILE reads another file, as in fleet, and FLEET_ variables override it", async () => {
  const socket = "unix:///run/third.sock";
  await first.writeFile(
    "/tmp/other.conf",
    `store=embedded\nstore_path=/tmp/other.db\ntoken_limit=1\nlisten=${socket}\n`,
  );
  await first.run(["systemctl", "stop", "fleet.socket", "fleet.service"]);
  await first.run([
    "systemd-run",
    "--unit=third",
    "--setenv=FLEET_METADATA=from=environment",
    "fleetd",
    "-config",
    "/tmp/other.conf",
  ]);
  const listed = await waitFor("the daemon to serve", async () => {
    const { code, stdout } = await cluster.fleetctl(first, [`--endpoint=${socket}`, "list-machines"], { check: false });
    return code === 0 ? stdout : undefined;
  });
  assert.match(listed, /from=environment/);
  await first.run(["systemctl", "stop", "third.service"]);
});
