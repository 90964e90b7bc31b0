import { messageOf } from "@flotilla/runtime";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import type { Connection } from "../cluster/connection.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import type { HostChanges } from "./host-changes.ts";
import type { LocalHost } from "./local-host.ts";
import { isActive } from "./require-host.ts";

/** The units of the daemon. fleet.service's installation also enables fleet-guard.service. */
const UNITS = ["fleet.socket", "fleet.service"] as const;

/** How long the machine may take to be listed, milliseconds. */
const LISTED_LIMIT_MS = 60_000;

/**
 * The same for a machine of the cluster whose daemon changes its role. The former role must be back before the machine's
 * lease ends (agent_ttl, 30 s by default), or its units would move.
 */
export const CHANGED_LIMIT_MS = 20_000;

const POLL_MS = 500;

/** After this time, the user is told what the command waits for, milliseconds. */
const QUIET_MS = 3_000;

/** The beginning of the daemon's status (systemctl status) once its machine is in the cluster. */
const JOINED = "in the cluster";

/** The machine as its cluster lists it. */
export interface ListedMachine {
  readonly id: string;
  readonly primaryIP: string;
}

/** Creates a client of this host's daemon, which may start later. */
export function connectToHost({ environment, flags }: Context): Promise<Connection> {
  return environment.connect(
    { ...flags, endpoints: [environment.host.endpoint], token: undefined, tunnel: undefined },
    environment,
  );
}

/**
 * Starts the daemon, now and at each boot, and waits until this machine is listed.
 * @param limitMs how long that may take after the start.
 * @throws CommandError with the daemon's last messages.
 */
export async function startDaemon(
  context: Context,
  client: ClusterClient,
  changes: HostChanges,
  machineID: string,
  limitMs = LISTED_LIMIT_MS,
): Promise<ListedMachine> {
  const { host } = context.environment;
  const isRunning = await isActive(host);
  const restart = ["systemctl", "restart", "fleet.service"] as const;
  if (isRunning) changes.onUndoLast(() => host.run(restart));
  else changes.onUndo(() => host.run(["systemctl", "disable", "--now", ...UNITS, "fleet-guard.service"]));
  const { code, output } = await host.run(isRunning ? restart : ["systemctl", "--quiet", "enable", "--now", ...UNITS]);
  if (code !== 0) throw await notStarted(host, output);
  return untilListed(context, client, machineID, limitMs);
}

async function untilListed(
  context: Context,
  client: ClusterClient,
  machineID: string,
  limitMs: number,
): Promise<ListedMachine> {
  const { clock, host } = context.environment;
  const began = clock.monotonic();
  const end = began + limitMs;
  let why = "the machine is not listed";
  let told = "";
  while (clock.monotonic() < end) {
    try {
      const machine = (await client.listMachines(context.signal)).items.find(({ id }) => id === machineID);
      const status = await host.run(["systemctl", "show", "--property=StatusText", "--value", "fleet.service"]);
      // An agent's socket lists this machine also while no server answers.
      if (machine && status.output.startsWith(JOINED)) return machine;
      why = status.output;
    } catch (error) {
      context.signal.throwIfAborted();
      why = messageOf(error);
    }
    if ((await host.run(["systemctl", "is-failed", "--quiet", "fleet.service"])).code === 0)
      throw await notStarted(host, "fleet.service failed");
    if (why !== told && clock.monotonic() - began > QUIET_MS) {
      context.tell(`waiting until this machine is listed: ${why}`);
      told = why;
    }
    await clock.sleep(POLL_MS, context.signal);
  }
  throw await notStarted(host, `this machine was not listed within ${limitMs / 1_000} s: ${why}`);
}

async function notStarted(host: LocalHost, why: string): Promise<CommandError> {
  // Without systemd's messages about the unit, which would hide the daemon's reason.
  const own = "_SYSTEMD_UNIT=fleet.service";
  const { output } = await host.run(["journalctl", own, "--lines=3", "--output=cat", "--no-pager"]);
  const journal = output === "" ? "" : `; the last messages of fleet.service:\n${output}`;
  return new CommandError(`fleetd does not work on this host, and the host is as it was before: ${why}${journal}`);
}
