import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { type Host, Lab, REPOSITORY, waitFor } from "../lab/index.ts";

const RUNTIME = "/run/user/4242";

/** Starts a user's systemd with its bus and directories, as a login does. */
async function startUserManager(host: Host): Promise<void> {
  await host.run(["sh", "-c", `mkdir -p ${RUNTIME} /home/someone && chmod 700 ${RUNTIME}`]);
  const environment = [`XDG_RUNTIME_DIR=${RUNTIME}`, "HOME=/home/someone"].flatMap((pair) => ["--setenv", pair]);
  await host.run([
    "systemd-run",
    "--unit=someone",
    "--property=Delegate=yes",
    ...environment,
    "/lib/systemd/systemd",
    "--user",
  ]);
  await waitFor(
    "the user's bus",
    async () => (await inSession(host, ["systemctl", "--user", "is-system-running"], false)).stdout !== "offline\n",
  );
}

function inSession(host: Host, command: readonly string[], check = true) {
  const env = { XDG_RUNTIME_DIR: RUNTIME, HOME: "/home/someone", DBUS_SESSION_BUS_ADDRESS: `unix:path=${RUNTIME}/bus` };
  return host.run(command, { env, check });
}

/** Starts fleetd as from a user's terminal, not as a service. */
async function inBackground(host: Host, fleetd: string): Promise<void> {
  const environment = [`XDG_RUNTIME_DIR=${RUNTIME}`, "HOME=/home/someone"].flatMap((pair) => ["--setenv", pair]);
  await host.run(["systemd-run", "--unit=users-fleetd", ...environment, fleetd, "--user", "--store", "embedded"]);
}

test("fleetd --user runs units in the user's systemd, with a separate store", async () => {
  await using lab = await Lab.open();
  const [host] = await lab.addHosts({ hosts: 1 });
  assert.ok(host);
  await startUserManager(host);
  const fleetd = join(REPOSITORY, "packages/fleetd/bin/fleetd");
  const fleetctl = join(REPOSITORY, "packages/fleetctl/bin/fleetctl");
  const endpoint = `--endpoint=unix://${RUNTIME}/fleet.sock`;
  await inBackground(host, fleetd);
  await waitFor(
    "fleetd to serve requests",
    async () => (await host.run([fleetctl, endpoint, "list-machines"], { check: false })).code === 0,
  );
  await host.writeFile("/tmp/mine.service", "[Service]\nExecStart=/bin/sleep 100000\n");
  await host.run([fleetctl, endpoint, "start", "/tmp/mine.service"]);
  assert.equal((await inSession(host, ["systemctl", "--user", "is-active", "mine.service"])).stdout, "active\n");
  assert.equal(await host.isActive("mine.service"), false, "the host's systemd runs the unit");
  assert.match((await host.run([fleetctl, endpoint, "status", "mine.service"])).stdout, /Active: active \(running\)/);
  await host.run([fleetctl, endpoint, "destroy", "mine.service"]);
  await waitFor(
    "the unit to be gone",
    async () => (await inSession(host, ["systemctl", "--user", "is-active", "mine.service"], false)).code !== 0,
  );
});
