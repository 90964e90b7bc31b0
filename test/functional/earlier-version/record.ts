/**
 * Records cluster.json: what daemons of an earlier version have left in etcd and on three hosts.
 *
 * Usage: node test/functional/earlier-version/record.ts CHECKOUT COMMIT
 * CHECKOUT is a checkout of that commit, with its dependencies and its build.
 */
import { cp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Cluster, type Etcd, type Host, waitFor } from "../../lab/index.ts";
import { countingOneshot, SLEEPER, startUnits } from "../running-units.ts";
import type { RecordedCluster, RecordedHost, RecordedKey } from "./recorded.ts";

const PREFIX = "/_coreos.com/fleet/";
const UNITS = ["fleet.service", "fleet.socket", "fleet-leave.service", "fleet-guard.service"];
const FILES = {
  ...Object.fromEntries(["one", "two", "three", "four"].map((name) => [`${name}.service`, SLEEPER])),
  "once.service": countingOneshot("/root/once"),
  "all.service": `${SLEEPER}\n[X-Fleet]\nGlobal=true\n`,
  "single.service": `${SLEEPER}\n[X-Fleet]\nExclusive=true\n`,
};
const RUNNING = Object.keys(FILES).filter((name) => name !== "once.service");

const [checkout = "", commit = ""] = process.argv.slice(2);
await using cluster = await Cluster.boot({ hosts: 3, install: installEarlier, autostart: false });
await putAuthority(cluster.etcd);
for (const host of cluster.hosts) await host.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
await cluster.waitForMachines(3);
await startUnits(cluster, cluster.host(1), FILES);
await cluster.host(1).run(["fleetctl", "restart", "two.service"]);
for (const unit of RUNNING) await cluster.waitForActive(unit);
await waitFor("a copy of the global unit everywhere", async () => {
  const rows = await cluster.listUnits();
  return rows.filter(({ unit, active }) => unit === "all.service" && active === "active").length === 3;
});

const keys = await recordedKeys(cluster.etcd);
const ids = [...new Set(keys.flatMap(({ lease }) => lease ?? []))];
const leases = await Promise.all(ids.map(async (id) => [id, await ttlOf(cluster.etcd, id)] as const));
const hosts = await Promise.all(cluster.hosts.map(async (host) => [host.name, await recordedHost(host)] as const));
const recorded: RecordedCluster = {
  commit,
  leases: Object.fromEntries(leases),
  keys,
  hosts: Object.fromEntries(hosts),
};
await writeFile(join(import.meta.dirname, "cluster.json"), `${JSON.stringify(recorded, null, 2)}\n`);

async function installEarlier({ disk }: Host): Promise<void> {
  for (const program of ["fleetd", "fleetctl"]) {
    const path = join(disk.root, "usr/bin", program);
    await rm(path);
    await symlink(join(checkout, "packages", program, "bin", program), path);
  }
  for (const unit of UNITS) await cp(join(checkout, "units", unit), join(disk.root, "etc/systemd/system", unit));
}

/** Makes the authority as the first daemon does, but valid since long ago: tests may run under any clock. */
async function putAuthority(etcd: Etcd): Promise<void> {
  const source = join(checkout, "packages/fleetd/src/peer/certificates.ts");
  const { createClusterIdentity } = (await import(source)) as {
    createClusterIdentity: (now: number) => Promise<object>;
  };
  const value = JSON.stringify(await createClusterIdentity(Date.UTC(2020, 0, 1)));
  await call(etcd, "kv/put", { key: base64(`${PREFIX}identity/ca`), value: base64(value) });
}

/** The leader's key is left out: a daemon that is stopped for a restart hands the leadership over. */
async function recordedKeys(etcd: Etcd): Promise<RecordedKey[]> {
  const end = `${PREFIX.slice(0, -1)}0`;
  const { kvs } = (await call(etcd, "kv/range", { key: base64(PREFIX), range_end: base64(end) })) as {
    kvs: readonly Readonly<Record<string, string>>[];
  };
  const read = kvs.map(({ key = "", value = "", create_revision, mod_revision, lease }) => ({
    key: text(key),
    value: text(value),
    createRevision: Number(create_revision),
    modRevision: Number(mod_revision),
    ...(lease !== undefined && { lease }),
  }));
  return read.filter(({ key }) => !key.endsWith("engine/leader"));
}

async function ttlOf(etcd: Etcd, ID: string): Promise<number> {
  const { grantedTTL } = (await call(etcd, "lease/timetolive", { ID })) as { grantedTTL: string };
  return Number(grantedTTL);
}

async function recordedHost(host: Host): Promise<RecordedHost> {
  const where = "/run/fleet /var/lib/fleet /run/systemd/system";
  const listed = async (type: "f" | "l"): Promise<readonly string[]> =>
    (await host.run(["sh", "-c", `find ${where} -type ${type}`])).stdout.split("\n").filter(Boolean);
  // The lock is of the process, and systemd keeps the lab's units in the same directory.
  const paths = (await listed("f")).filter((path) => !/\/(lock|alive)$|lab/.test(path));
  const files = await Promise.all(paths.map(async (path) => [path, await host.readFile(path)] as const));
  const links = await Promise.all(
    (await listed("l")).map(async (path) => [path, (await host.run(["readlink", path])).stdout.trim()] as const),
  );
  const states = await Promise.all(RUNNING.map(async (unit) => [unit, await host.isActive(unit)] as const));
  return {
    files: Object.fromEntries(files),
    links: Object.fromEntries(links),
    active: states.filter(([, isActive]) => isActive).map(([unit]) => unit),
  };
}

function call({ members: [member] }: Etcd, path: string, body: object): Promise<Record<string, unknown>> {
  if (!member) throw new Error("no etcd");
  return member.call(path, body);
}

function base64(value: string): string {
  return Buffer.from(value).toString("base64");
}

function text(value: string): string {
  return Buffer.from(value, "base64").toString();
}
