import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { run } from "../lab/command.ts";
import { apiRequest } from "./api-request.ts";
import { mainPid, SLEEPER, startUnits } from "./running-units.ts";

const PORT = { tls: 2479, auth: 2579 };

let cluster: Cluster;
let host: Host;
before(async () => {
  cluster = await Cluster.boot({ hosts: 1 });
  host = cluster.host(1);
});
after(() => cluster.down());

/** Starts an additional etcd, which requires credentials. */
async function startEtcd(name: "tls" | "auth", args: readonly string[]): Promise<string> {
  const url = (port: number): string => `${name === "tls" ? "https" : "http"}://${cluster.lab.address}:${port}`;
  const peers = `http://${cluster.lab.address}:${PORT[name] + 1}`;
  const directory = join(cluster.lab.directory, name);
  await cluster.lab.spawn(name, [
    ...["etcd", `--data-dir=${directory}`, "--logger=zap", `--log-outputs=${directory}.log`],
    ...[`--listen-client-urls=${url(PORT[name])}`, `--advertise-client-urls=${url(PORT[name])}`],
    ...[`--listen-peer-urls=${peers}`, `--initial-advertise-peer-urls=${peers}`, `--initial-cluster=default=${peers}`],
    ...["--heartbeat-interval=20", "--election-timeout=200", ...args],
  ]);
  return url(PORT[name]);
}

/** Writes another configuration for the daemon and reloads it. */
async function reconfigure(options: Readonly<Record<string, string>>): Promise<void> {
  const lines = Object.entries({ public_ip: host.ip, ...options }).map(([name, value]) => `${name}="${value}"\n`);
  await host.writeFile("/etc/fleet/fleet.conf", lines.join(""));
  await host.run(["systemctl", "reload", "fleet.service"]);
}

async function serves(): Promise<void> {
  await waitFor("the API to serve", async () => (await apiRequest(host, "/fleet/v1/units")).status === 200);
}

async function refusal(): Promise<string> {
  return waitFor("the API to refuse", async () => {
    const { status, text } = await apiRequest(host, "/fleet/v1/units");
    return status === 503 ? text : undefined;
  });
}

/** Makes one self-signed certificate for both client and server. */
async function makeCertificate(): Promise<{ readonly cert: string; readonly key: string }> {
  const [cert, key] = [join(cluster.lab.directory, "cert.pem"), join(cluster.lab.directory, "key.pem")];
  const subject = ["-subj", "/CN=flotilla", "-addext", `subjectAltName=IP:${cluster.lab.address}`];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await run(["openssl", "req", "-x509", "-days", "2", ...curve, ...subject, "-keyout", key, "-out", cert]);
  for (const path of [cert, key])
    await host.writeFile(`/etc/fleet/${path.slice(path.lastIndexOf("/") + 1)}`, await readFile(path, "utf8"));
  return { cert, key };
}

test("a reload switches to etcd over TLS with certificates on both sides", async () => {
  const { cert, key } = await makeCertificate();
  const etcd = await startEtcd("tls", [
    ...[`--cert-file=${cert}`, `--key-file=${key}`],
    ...["--client-cert-auth", `--trusted-ca-file=${cert}`],
  ]);
  const files = {
    etcd_cafile: "/etc/fleet/cert.pem",
    etcd_certfile: "/etc/fleet/cert.pem",
    etcd_keyfile: "/etc/fleet/key.pem",
  };
  await reconfigure({ etcd_servers: etcd, ...files });
  await serves();
  await startUnits(cluster, host, { "secret.service": SLEEPER });
  await cluster.waitForActive("secret.service");
  await cluster.fleetctl(host, ["destroy", "secret.service"]);

  await reconfigure({ etcd_servers: etcd, etcd_cafile: files.etcd_cafile });
  assert.match(await refusal(), /"id":"unavailable"/);
  await reconfigure({ etcd_servers: etcd, ...files });
  await serves();
});

test("a reload with unusable settings keeps the old configuration, and names the settings in the journal", async () => {
  const rows: readonly (readonly [options: Readonly<Record<string, string>>, words: RegExp])[] = [
    [{ etcd_cafile: "/etc/fleet/absent.pem" }, /cannot read etcd_cafile=.*absent\.pem/],
    [{ etcd_servers: "ftp://etcd" }, /etcd_servers=.* must be a list of endpoints .*, not \\?"ftp:\/\/etcd/],
    [{ store: "embedded", store_path: "/proc/store.db" }, /\/proc\/store\.db/],
    [{ agent_ttl: "soon" }, /agent_ttl=.*soon/],
  ];
  const pid = await mainPid(host, "fleet.service");
  for (const [options, words] of rows) {
    await reconfigure(options);
    await waitFor(`the journal to name ${JSON.stringify(options)}`, async () =>
      words.test(await host.journal("fleet.service")),
    );
    await serves();
  }
  assert.equal(await mainPid(host, "fleet.service"), pid);
});

test("access to this cluster's keys is enough for the etcd user, and a wrong password is reported", async () => {
  const etcd = await startEtcd("auth", ["--bcrypt-cost=4"]);
  const call = async (path: string, body: unknown): Promise<void> => {
    await waitFor(`etcd to accept ${path}`, async () => {
      const answer = await fetch(`${etcd}/v3/${path}`, { method: "POST", body: JSON.stringify(body) });
      return answer.ok;
    });
  };
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  await call("auth/user/add", { name: "root", password: "root" });
  await call("auth/role/add", { name: "root" });
  await call("auth/user/grant", { user: "root", role: "root" });
  await call("auth/user/add", { name: "fleet", password: "sail" });
  await call("auth/role/add", { name: "fleet" });
  const perm = { permType: "READWRITE", key: base64("/only/ours/"), range_end: base64("/only/ours0") };
  await call("auth/role/grant", { name: "fleet", perm });
  await call("auth/user/grant", { user: "fleet", role: "fleet" });
  await call("auth/enable", {});

  const options = { etcd_servers: etcd, etcd_key_prefix: "/only/ours/", etcd_username: "fleet" };
  await reconfigure({ ...options, etcd_password: "sail" });
  await serves();
  await startUnits(cluster, host, { "guarded.service": SLEEPER });
  await cluster.waitForActive("guarded.service");
  await cluster.fleetctl(host, ["destroy", "guarded.service"]);
  await reconfigure({ ...options, etcd_password: "wrong" });
  assert.match(await refusal(), /authentication failed|password/i);
  await reconfigure({ ...options, etcd_password: "sail" });
  await serves();
});
