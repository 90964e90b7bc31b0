/**
 * `npm run demo` demonstrates Flotilla on three real systemd hosts on this machine. It prints each command before its
 * output. The commands run as printed, in the directory units/ of this checkout.
 */
import { join } from "node:path";
import { styleText } from "node:util";
import { messageOf } from "@flotilla/runtime";
import { Cluster } from "./cluster.ts";
import type { Host } from "./host.ts";
import { REPOSITORY } from "./lab.ts";

const TTL_SECONDS = 5;
const REDIS = "redis.service";

// A reader such as `head` may close the pipe. The lab ends with this process.
process.stdout.on("error", () => process.exit(1));

let interrupted = false;
const began = performance.now();
try {
  heading("Boot three hosts, each with a systemd, a network and a fleetd of its own, and an etcd");
  const cluster = await Cluster.boot({ hosts: 3, config: () => ({ agent_ttl: `${TTL_SECONDS}s` }) });
  process.once("SIGINT", () => {
    interrupted = true;
    void cluster.down();
  });
  try {
    say(`up after ${secondsSince(began)}`);
    await show(cluster);
  } finally {
    heading("Clean up");
    await cluster.down();
    say("everything is removed");
  }
} catch (error) {
  // After Ctrl-C the hosts are gone, so pending commands fail.
  if (!interrupted) process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = interrupted ? 130 : 1;
}

async function show(cluster: Cluster): Promise<void> {
  await type(cluster.host(1), ["fleetctl", "list-machines"]);

  heading("Submit unit files, start units, and let the cluster choose the machines");
  const others = ["web@.service", "web-sidekick@.service", "heartbeat.service", "cleanup.service", "cleanup.timer"];
  await type(cluster.host(1), ["fleetctl", "submit", REDIS, ...others]);
  await type(cluster.host(1), ["fleetctl", "load", "cleanup.service"]);
  await type(cluster.host(1), ["fleetctl", "start", REDIS]);
  const rest = ["web@1.service", "web-sidekick@1.service", "heartbeat.service", "cleanup.timer"];
  await type(cluster.host(1), ["fleetctl", "start", ...rest]);
  await type(cluster.host(1), ["fleetctl", "list-unit-files"]);
  await type(cluster.host(1), ["fleetctl", "list-units"]);

  heading("Ask any machine for status and journal, without SSH to the unit's machine");
  const home = await cluster.waitForActive(REDIS);
  const asked = cluster.hosts.find((host) => host !== home) ?? home;
  await type(asked, ["fleetctl", "status", REDIS]);
  await type(asked, ["fleetctl", "journal", REDIS]);
  await type(home, ["redis-cli", "ping"]);

  heading(`Cut the power of ${home.name}, where redis runs`);
  const cut = performance.now();
  await home.powerCut();
  const next = await cluster.waitForActive(REDIS, { elsewhere: home, timeoutMs: 30_000 });
  say(
    `redis is active on ${next.name} after ${secondsSince(cut)}: agent_ttl is ${TTL_SECONDS} s, the move takes the rest`,
  );
  await type(asked, ["fleetctl", "list-machines"]);
  await type(asked, ["fleetctl", "list-units"]);
  await type(next, ["redis-cli", "ping"]);

  heading("Stop redis, and remove it from the cluster");
  await type(asked, ["fleetctl", "stop", REDIS]);
  await type(asked, ["fleetctl", "destroy", REDIS]);
  await type(asked, ["fleetctl", "list-units"]);
}

/** Runs a command on a host as a user who is logged in there would. */
async function type(host: Host, command: readonly string[]): Promise<void> {
  process.stdout.write(`\n${styleText("dim", `${host.name}:units$`)} ${styleText("bold", command.join(" "))}\n`);
  const { stdout, stderr } = await host.run(["env", `--chdir=${join(REPOSITORY, "units")}`, ...command]);
  process.stdout.write(stdout + stderr);
}

function heading(text: string): void {
  if (!interrupted) process.stdout.write(`\n${styleText(["bold", "cyan"], `== ${text}`)}\n`);
}

function say(text: string): void {
  if (!interrupted) process.stdout.write(`${styleText("green", text)}\n`);
}

function secondsSince(moment: number): string {
  return `${((performance.now() - moment) / 1000).toFixed(1)} s`;
}
