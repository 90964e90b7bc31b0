import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster, EtcdMember, Host } from "../../lab/index.ts";
import type { RecordedCluster, RecordedHost, RecordedKey } from "./recorded.ts";

/** Hundredths of a second until the guard stops exclusive units, if no daemon renews the deadline. */
const DEADLINE = 60_000;

/** A third of the shortest TTL that an operator would choose. */
const HEARTBEAT_MS = 3_000;

/**
 * Puts a cluster into the state in which the daemons of the earlier version have left it: etcd with the same keys,
 * revisions and leases, and hosts with the same files and running units. No daemon must run yet.
 */
export async function restoreEarlierCluster({ etcd, hosts }: Cluster): Promise<RecordedCluster> {
  const text = await readFile(join(import.meta.dirname, "cluster.json"), "utf8");
  const recorded = await onHosts(JSON.parse(text) as RecordedCluster, hosts);
  const [member] = etcd.members;
  if (!member) throw new Error("the cluster has no etcd");
  for (const [ID, TTL] of Object.entries(recorded.leases)) await member.call("lease/grant", { ID, TTL });
  await writeKeys(member, recorded.keys);
  for (const host of hosts) await restoreHost(host, recordedHostOf(recorded, host));
  return recorded;
}

/** Renews the machines' leases until the signal aborts, as daemons of the earlier version do until they are replaced. */
export function beatAsEarlierDaemons({ etcd }: Cluster, { leases }: RecordedCluster, signal: AbortSignal): void {
  const [member] = etcd.members;
  const beat = (): void => {
    // A lease that a daemon has replaced meanwhile is gone.
    for (const ID of Object.keys(leases)) member?.call("lease/keepalive", { ID }).catch(() => {});
  };
  const timer = setInterval(beat, HEARTBEAT_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

/** Returns the records of machines with the addresses and boot IDs of this lab's hosts. */
async function onHosts(recorded: RecordedCluster, hosts: readonly Host[]): Promise<RecordedCluster> {
  let keys = recorded.keys;
  for (const host of hosts) {
    const own = `machine/${await host.machineId()}`;
    const bootID = (await host.bootId()).replaceAll("-", "");
    keys = keys.map((each) => {
      if (!each.key.endsWith(own)) return each;
      const record = JSON.parse(each.value) as object;
      return { ...each, value: JSON.stringify({ ...record, primaryIP: host.ip, bootID }) };
    });
  }
  return { ...recorded, keys };
}

function recordedHostOf({ hosts }: RecordedCluster, { name }: Host): RecordedHost {
  const host = hosts[name];
  if (!host) throw new Error(`nothing is recorded of host ${name}`);
  return host;
}

/** Writes the keys at their revisions: launch records name the revisions of assignments. */
async function writeKeys(member: EtcdMember, keys: readonly RecordedKey[]): Promise<void> {
  const last = Math.max(...keys.map(({ modRevision }) => modRevision));
  // An empty etcd has revision 1.
  for (let revision = 2; revision <= last; revision += 1) {
    const written = keys.filter((each) => each.createRevision === revision || each.modRevision === revision);
    const puts = written.length > 0 ? written : [{ key: "/filler", value: "" }];
    const success = puts.map(({ key, value, lease = "0" }: Pick<RecordedKey, "key" | "value" | "lease">) => ({
      request_put: { key: base64(key), value: base64(value), lease },
    }));
    const { header } = (await member.call("kv/txn", { success })) as { header: { revision: string } };
    if (Number(header.revision) !== revision)
      throw new Error(`etcd is at revision ${header.revision}, not ${revision}`);
  }
}

async function restoreHost(host: Host, { files, links, active }: RecordedHost): Promise<void> {
  for (const [path, text] of Object.entries(files)) await host.writeFile(path, text);
  for (const [path, target] of Object.entries(links)) await host.run(["ln", "-s", target, path]);
  const deadline = `read -r up rest </proc/uptime; echo "$((\${up%.*} * 100 + ${DEADLINE})) 1000" > "$0"`;
  for (const path of Object.keys(files).filter((each) => each.endsWith("/exclusive/deadline")))
    await host.run(["sh", "-c", deadline, path]);
  await host.run(["chmod", "600", "/run/fleet/identity"]);
  await host.run(["systemctl", "daemon-reload"]);
  await host.run(["systemctl", "start", "fleet-guard.service", ...active]);
}

function base64(value: string): string {
  return Buffer.from(value).toString("base64");
}
