import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { mainPid, putFiles, startUnits } from "./running-units.ts";

const SOCKET = "/run/fleet/secrets.sock";
const KEY = "/var/lib/fleet/secrets.key";
const [FIRST, SECOND, LATE] = ["value-one-5f1c9a", "value-two-83be02", "value-late-c07d44"];

let cluster: Cluster;
let [first, second]: Host[] = [];

before(async () => {
  cluster = await Cluster.boot({ hosts: 2 });
  [first, second] = cluster.hosts;
});
after(() => cluster.down());

/** A unit that copies the value into memory, where a test can see it. */
function reader(secret: string, more = ""): string {
  const command = `cat $CREDENTIALS_DIRECTORY/${secret} >/run/seen-by-%p; exec sleep infinity`;
  return `[Service]\nExecStart=/bin/sh -c '${command}'\nLoadCredential=${secret}:${SOCKET}\n${more}`;
}

async function secret(args: readonly string[], input = ""): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await cluster.fleetctl(servedBy(), ["secret", ...args], { input, check: false });
  return { code: code ?? -1, stdout, stderr };
}

function servedBy(): Host {
  return first ?? assert.fail();
}

const seenBy = (host: Host, unit: string): Promise<string> =>
  host.readFile(`/run/seen-by-${unit.replace(".service", "")}`).catch(() => "");

const statusOf = async (unit: string): Promise<string> => {
  const { stdout, stderr } = await cluster.fleetctl(servedBy(), ["status", unit], { check: false });
  return stdout + stderr;
};

test("a unit gets its secret, and nobody reads the value back", async () => {
  assert.match((await secret(["set", "db"], FIRST)).stdout, /^Secret db has version 1/);
  const other = second ?? assert.fail();
  await other.writeFile(KEY, await servedBy().readFile(KEY));
  await other.run(["chmod", "600", KEY]);
  await startUnits(cluster, servedBy(), { "reader.service": reader("db") });
  const home = await cluster.waitForActive("reader.service");
  await waitFor("the unit to have its secret", async () => (await seenBy(home, "reader.service")) === FIRST);
  const { stdout } = await secret(["list"]);
  assert.match(stdout, /db\s+1\s+16\s+\S+\s+reader\.service/);
  for (const args of [
    ["cat", "reader.service"],
    ["status", "reader.service"],
    ["secret", "list", "--output", "json"],
  ])
    assert.ok(!(await cluster.fleetctl(servedBy(), args, { check: false })).stdout.includes(FIRST));
  assert.match(
    (await secret(["set", "db"], SECOND)).stderr,
    /exists with another value; run fleetctl secret rotate db/,
  );
  assert.match((await secret(["set", "db"], FIRST)).stdout, /already has this value/);
});

test("systemd restarts the unit without a server, and while the daemon restarts", async () => {
  const home = await cluster.waitForActive("reader.service");
  await cluster.etcd.stop();
  await home.run(["rm", "/run/seen-by-reader"]);
  await home.run(["systemctl", "restart", "reader.service"]);
  await waitFor("the unit to have its secret", async () => (await seenBy(home, "reader.service")) === FIRST);
  await cluster.etcd.start();
  await cluster.waitForRecovery();
  await home.run(["rm", "/run/seen-by-reader"]);
  await home.run(["sh", "-c", "systemctl restart fleet & systemctl restart reader.service; wait"], {
    timeoutMs: 60_000,
  });
  await waitFor("the unit to have its secret", async () => (await seenBy(home, "reader.service")) === FIRST);
});

test("a new version restarts the unit once, or reloads it", async () => {
  const reload = "ExecReload=/bin/touch /run/reloaded\n\n[X-Fleet]\nOnSecretChange=reload\n";
  await startUnits(cluster, servedBy(), { "reloads.service": reader("db", reload) });
  const [home, reloads] = [
    await cluster.waitForActive("reader.service"),
    await cluster.waitForActive("reloads.service"),
  ];
  const [before, kept] = [await mainPid(home, "reader.service"), await mainPid(reloads, "reloads.service")];
  assert.match((await secret(["rotate", "db"], SECOND)).stdout, /has version 2, named by 2 units/);
  await waitFor("the unit to have the new version", async () => (await seenBy(home, "reader.service")) === SECOND);
  assert.notEqual(await mainPid(home, "reader.service"), before);
  await waitFor("the other unit to reload", async () =>
    (await reloads.run(["ls", "/run"])).stdout.includes("reloaded"),
  );
  assert.equal(await mainPid(reloads, "reloads.service"), kept);
});

test("a unit without its secret says why, and starts when the secret comes", async () => {
  await putFiles(servedBy(), { "waits.service": reader("late") });
  await cluster.fleetctl(servedBy(), ["start", "--no-block", "/tmp/units/waits.service"]);
  await waitFor("the reason", async () => (await statusOf("waits.service")).includes("secret late does not exist"));
  assert.match((await secret(["list"])).stdout, /late\s+missing/);
  await secret(["set", "late"], LATE);
  const home = await cluster.waitForActive("waits.service");
  await waitFor("the unit to have its secret", async () => (await seenBy(home, "waits.service")) === LATE);
});

test("a unit of the host, and another user, get nothing", async () => {
  const home = await cluster.waitForActive("reader.service");
  await home.writeFile("/run/systemd/system/thief.service", reader("db"));
  await home.run(["systemctl", "start", "thief.service"], { check: false });
  // systemctl does not wait for the program of a simple service. 243: the credentials failed (systemd.exec(5)).
  await waitFor("the unit to fail", async () => {
    const { Result, ExecMainStatus } = await home.show("thief.service", "Result", "ExecMainStatus");
    return Result === "exit-code" && ExecMainStatus === "243";
  });
  assert.equal(await seenBy(home, "thief.service"), "");
  const python = `import socket; s=socket.socket(socket.AF_UNIX); s.bind("\\0abc1/unit/reader.service/db"); s.connect("${SOCKET}"); print(len(s.recv(100)))`;
  const asRoot = await home.run(["python3", "-c", python], { check: false });
  assert.equal(asRoot.stdout.trim(), String(SECOND.length));
  await home.run(["chmod", "666", SOCKET]);
  const asNobody = await home.run(["setpriv", "--reuid=65534", "--clear-groups", "python3", "-c", python], {
    check: false,
  });
  assert.ok(asNobody.stdout.trim() === "0" || asNobody.code !== 0, asNobody.stdout);
  await home.run(["chmod", "600", SOCKET]);
  const modes = await home.run([
    "sh",
    "-c",
    "stat -c %a /run/fleet/secrets /run/fleet/secrets/*/*; stat -f -c %T /run/fleet/secrets",
  ]);
  assert.deepEqual([...new Set(modes.stdout.trim().split("\n"))].toSorted(), ["600", "700", "tmpfs"]);
});

test("a secret that a unit names is deleted only by force; copies leave with the unit", async () => {
  const home = await cluster.waitForActive("waits.service");
  const refused = await secret(["delete", "late"]);
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  assert.match(refused.stderr, /cannot delete secret late: it is named by waits\.service;/);
  assert.equal((await secret(["delete", "late", "--force"])).code, 0);
  await cluster.fleetctl(servedBy(), ["destroy", "waits.service"]);
  await waitFor("the copy to be gone", async () =>
    (await home.run(["ls", "/run/fleet/secrets"])).stdout.includes("waits") ? undefined : true,
  );
});

/** The files below the lab's directory with this text: the hosts' disks and etcd's data. The hosts' memory is not there. */
function filesWith(text: string): string {
  const find = `find "$0" -xdev -type f -print0 | xargs -0 grep -laF -- "$1"`;
  return spawnSync("sh", ["-c", find, cluster.lab.directory, text], { encoding: "utf8" }).stdout;
}

test("no value is on a disk, in a journal or in etcd", async () => {
  for (const host of cluster.hosts) {
    const { stdout } = await host.run(["journalctl", "--no-pager", "--output", "export"]);
    for (const value of [FIRST, SECOND, LATE])
      assert.ok(!stdout.includes(value), `${host.name}'s journal has ${value}`);
  }
  assert.match(filesWith("secret/db"), /etcd/);
  assert.match(filesWith("fleet-secrets-1 "), /secrets\.key/);
  for (const value of [FIRST, SECOND, LATE])
    for (const form of [value, Buffer.from(value).toString("base64").replace(/=+$/, "")])
      assert.equal(filesWith(form), "");
});
