import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { Cluster, type CommandOptions, type Host, waitFor } from "../lab/index.ts";
import { fleetdReady, putFiles, SLEEPER, startUnits } from "./running-units.ts";

const TO_ROOT = ["--ssh-username=root", "--known-hosts-file=/root/known/hosts"];

let cluster: Cluster;
let from: Host;
let to: Host;

before(async () => {
  cluster = await Cluster.boot({ hosts: 3 });
  [from, to] = [cluster.host(1), cluster.host(2)];
  await from.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/root/.ssh/id_ed25519"]);
  const key = await from.readFile("/root/.ssh/id_ed25519.pub");
  for (const host of cluster.hosts) await startSshd(host, key);
});
after(() => cluster.down());

/** Starts an SSH server with a new host key, where root logs in with `key`. */
async function startSshd(host: Host, key: string): Promise<void> {
  await host.writeFile("/root/.ssh/authorized_keys", key);
  await host.run([
    "sh",
    "-c",
    "chmod 700 /root /root/.ssh && rm -f /etc/ssh/ssh_host_* && mkdir -p /run/sshd /etc/ssh",
  ]);
  await host.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/etc/ssh/ssh_host_ed25519_key"]);
  await host.writeFile(
    "/etc/lab-sshd",
    "HostKey /etc/ssh/ssh_host_ed25519_key\nPort 22\nPort 2222\nPermitRootLogin yes\nAcceptEnv LANG\n",
  );
  await host.run(["systemd-run", "--quiet", "--unit=lab-sshd", "/usr/sbin/sshd", "-D", "-f", "/etc/lab-sshd"]);
  const answers = ["sh", "-c", "exec 3<>/dev/tcp/127.0.0.1/22 && head -c 4 <&3"];
  await waitFor(
    "sshd to answer",
    async () => (await host.run(["bash", ...answers.slice(1)], { check: false })).stdout === "SSH-",
  );
}

function fleetctl(args: readonly string[], options: CommandOptions = {}) {
  return cluster.fleetctl(from, [...TO_ROOT, ...args], { check: false, ...options });
}

test("fleetctl asks about a new host's key and stores it, and refuses a changed key", async () => {
  const tunnel = [`--tunnel=${to.ip}`];
  const unknown = await fleetctl([...tunnel, "list-machines"]);
  assert.equal(unknown.code, 5);
  assert.match(unknown.stderr, /Host key verification failed[^]*cannot open the tunnel through/);
  const accepted = await fleetctl([...tunnel, "list-machines", "--no-legend"], { input: "yes\n" });
  assert.equal(accepted.code, 0, accepted.stderr);
  assert.equal(accepted.stdout.split("\n").length, 4);
  const kept = await from.readFile("/root/known/hosts");
  assert.ok(kept.startsWith(`${to.ip} ssh-`), kept);
  assert.equal((await fleetctl([...tunnel, "list-machines"])).code, 0);

  await from.writeFile("/root/known/hosts", `${to.ip} ${await from.readFile("/etc/ssh/ssh_host_ed25519_key.pub")}`);
  const changed = await fleetctl([...tunnel, "list-machines"], { input: "yes\n" });
  assert.equal(changed.code, 5);
  assert.match(changed.stderr, /REMOTE HOST IDENTIFICATION HAS CHANGED/);
  assert.equal((await fleetctl([...tunnel, "--strict-host-key-checking=false", "list-machines"])).code, 0);
  await from.writeFile("/root/known/hosts", kept);
});

test("all requests of a command use one tunnel, to a socket or a port, also with FLEETCTL_TUNNEL", async () => {
  const names = Array.from({ length: 20 }, (_, index) => `batch@${index + 1}.service`);
  await putFiles(from, { "batch@.service": SLEEPER });
  const batch = names.map((name) => `/tmp/units/${name}`);
  await from.run(["systemctl", "stop", "fleet.socket", "fleet.service"]);
  try {
    const started = await fleetctl([`--tunnel=${to.ip}:2222`, "--strict-host-key-checking=false", "start", ...batch]);
    assert.equal(started.code, 0, started.stderr);
    assert.equal(started.stdout.match(/ launched on /g)?.length, 20);
    const variables = ["env", `FLEETCTL_TUNNEL=${to.ip}`, "FLEETCTL_STRICT_HOST_KEY_CHECKING=false"];
    const listed = await from.run([...variables, "fleetctl", ...TO_ROOT, "list-units", "--no-legend"]);
    assert.equal(listed.stdout.match(/\tactive\t/g)?.length, 20);
    const missing = await fleetctl([`--tunnel=${to.ip}`, "--endpoint=unix:///run/none.sock", "list-units"]);
    assert.equal(missing.code, 5);
    assert.match(missing.stderr, /cannot reach fleetd at unix:\/\/\/run\/none\.sock through the tunnel/);
    await waitFor("ssh to end", async () => (await from.run(["pgrep", "-x", "ssh"], { check: false })).code === 1);
    assert.equal((await from.run(["sh", "-c", "ls -d /tmp/fleetctl-* 2>/dev/null | wc -l"])).stdout, "0\n");
  } finally {
    await from.run(["systemctl", "start", "fleet.socket", "fleet.service"]);
    await fleetdReady(from);
  }
  await fleetctl(["destroy", "batch@*"]);
});

test("root and the group fleet may use the socket, directly or through a tunnel; other users get a message", async () => {
  const key = await to.readFile("/root/.ssh/authorized_keys");
  await to.run(["useradd", "--create-home", "--shell=/bin/sh", "--password=*", "core"]);
  await to.writeFile("/home/core/.ssh/authorized_keys", key);
  await to.run(["chown", "--recursive", "core:core", "/home/core/.ssh"]);
  const here = () => to.run(["runuser", "--user", "core", "--", "fleetctl", "list-machines"], { check: false });
  // The default user of --tunnel may not use the socket.
  const tunnel = ["fleetctl", `--tunnel=${to.ip}`, "--strict-host-key-checking=false", "list-machines"];
  const there = () => from.run(tunnel, { check: false });

  for (const refused of [await here(), await there()]) {
    assert.equal(refused.code, 5);
    assert.match(refused.stderr, /the group fleet.*usermod --append --groups fleet/);
  }
  await to.run(["usermod", "--append", "--groups", "fleet", "core"]);
  for (const { code, stdout, stderr } of [await here(), await there()]) {
    assert.equal(code, 0, stderr);
    assert.equal(stdout.split("\n").length, 5);
  }
});

test("a tunnel ends when its fleetctl is killed", async () => {
  await startUnits(cluster, from, { "stays.service": SLEEPER });
  const followed = ["--strict-host-key-checking=false", `--tunnel=${to.ip}`, "journal", "-f", "stays.service"];
  await using following = from.spawn(["fleetctl", ...TO_ROOT, ...followed]);
  for await (const line of following.lines()) if (line.includes("began to sleep")) break;
  await from.run(["sh", "-c", "kill -KILL $(pgrep -f 'fleetctl[.]cjs .*journal -f')"]);
  await waitFor("ssh to end", async () => (await from.run(["pgrep", "-x", "ssh"], { check: false })).code === 1, {
    timeoutMs: 20_000,
  });
});

test("a command fails with a message when its tunnel breaks", async () => {
  const followed = ["--strict-host-key-checking=false", `--tunnel=${to.ip}`, "journal", "-f", "stays.service"];
  await using following = from.spawn(["fleetctl", ...TO_ROOT, ...followed]);
  const complaint = text(following.stderr);
  for await (const line of following.lines()) {
    if (line.includes("began to sleep")) await from.run(["pkill", "-x", "ssh"]);
  }
  assert.equal(await following.exit, 5);
  assert.match(await complaint, /lost the tunnel through .*: ssh has exited\n$/);
});

test("ssh connects to a machine or a unit's machine, and passes on the command's arguments and exit code", async () => {
  const plain = ["--strict-host-key-checking=false", "ssh"];
  const id = await to.machineId();
  const hostname = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await fleetctl([...plain, ...args, "hostname"]);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };
  assert.equal(await hostname(id), to.name);
  assert.equal(await hostname("--machine", id.slice(0, 12)), to.name);
  const home = await cluster.waitForActive("stays.service");
  assert.equal(await hostname("stays"), home.name);
  assert.equal(await hostname("--ssh-port=2222", "--unit=stays.service"), home.name);
  assert.equal(await hostname(`stays.service@${(await home.machineId()).slice(0, 12)}`), home.name);

  assert.equal((await fleetctl([...plain, id, "exit", "42"])).code, 42);
  assert.equal((await fleetctl([...plain, id, "--", "sh", "-c", "'exit 3'"])).code, 3);
  assert.equal((await fleetctl([...plain, id, "echo", "-n", "a", "&&", "echo", "b"])).stdout, "ab\n");
  assert.equal((await fleetctl([...plain, id, "cat"], { input: "carried\n" })).stdout, "carried\n");
  assert.equal(
    (await fleetctl([...plain, "-A", id, 'test -z "$SSH_AUTH_SOCK"'])).code,
    0,
    "an agent is forwarded although there is none",
  );
});

test("ssh jumps through the tunnel's host", async () => {
  const third = cluster.host(3);
  const args = [`--tunnel=${to.ip}`, "--strict-host-key-checking=false", "ssh", await third.machineId()];
  const { code, stdout, stderr } = await fleetctl([...args, "echo $(hostname) $SSH_CONNECTION"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(`^${third.name} ${to.ip.replaceAll(".", "[.]")} `));
});

test("a forwarded agent's keys can be used on the other host", async () => {
  const id = await to.machineId();
  const script = `eval $(ssh-agent) >/dev/null && ssh-add -q && fleetctl --ssh-username=root --strict-host-key-checking=false ssh -A ${id} ssh-add -l; kill $SSH_AGENT_PID`;
  assert.match((await from.run(["sh", "-c", script])).stdout, /ED25519/);
});

test("fd-forward serves fleet's own --tunnel, which runs it on the other host", async () => {
  const request = "GET /fleet/v1/machines HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n";
  const forward = `ssh -o StrictHostKeyChecking=no root@${to.ip} fleetctl fd-forward /var/run/fleet.sock`;
  // Keep standard input open, as fleet's client does, so that the server closes the connection.
  const script = `mkfifo /tmp/f && { ${forward} </tmp/f & exec 3>/tmp/f; printf "${request}" >&3; wait; }`;
  assert.match((await from.run(["sh", "-c", script])).stdout, /^HTTP\/1\.1 200 OK\r\n[^]*"machines":\[/);
  // A client that has closed its side also gets its answer, and leaves nothing behind.
  const short = `printf "${request.replace("Connection: close\\r\\n", "")}" | ${forward}`;
  assert.match((await from.run(["sh", "-c", short])).stdout, /^HTTP\/1\.1 200 OK\r\n[^]*"machines":\[/);
  await waitFor("fd-forward to end", async () => {
    return (await to.run(["pgrep", "-f", "fd[-]forward"], { check: false })).code === 1;
  });
});
