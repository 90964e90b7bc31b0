import { type RotationAnswer, shortMachineID } from "@flotilla/api/client";
import type { Command } from "commander";
import { secondsIn } from "../arguments/token-values.ts";
import { isApiError, isRefusal } from "../cluster/api-refusal.ts";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { isColored } from "../output/color.ts";
import { writeJson } from "../output/json.ts";
import { startProgress } from "../output/progress.ts";
import type { Run } from "./declaration.ts";
import { examples, output } from "./declaration.ts";

interface RotateOptions {
  readonly force?: boolean;
  readonly timeout?: string;
  readonly output: "text" | "json";
}

export function declareRotateCA(cluster: Command, run: Run): void {
  cluster
    .command("rotate-ca")
    .summary("replace the cluster's certificate authority while everything runs")
    .description(
      "Makes a new authority, waits until every server and agent has a certificate of it, then ends the trust in the " +
        "former one. No unit stops, and nothing is to be done on the machines. The command may be repeated at any time: " +
        "it goes on where the rotation stands. Tokens stay usable until the next rotation. With --force, for example " +
        "after a server was taken, it does not wait for machines that are away, nor longer than the time limit for the " +
        "others: they must join again. Tokens from before end then.",
    )
    .option(
      "--force",
      "go on without machines that are away or do not follow in time; end the former authority's tokens",
    )
    .option("--timeout <time>", "how long to wait for machines, such as 10m; default 10m, 1m with --force")
    .addOption(output())
    .addHelpText("after", examples("fleetctl cluster rotate-ca", "fleetctl cluster rotate-ca --force --timeout 20s"))
    .action((options: RotateOptions) => run((context) => rotate(context, options)));
}

/** How often the rotation is looked at, milliseconds. */
const POLL_MS = 250;

/** Machines that a line names. */
const NAMED = 5;

async function rotate(context: Context, options: RotateOptions): Promise<number> {
  const { force = false, timeout = force ? "1m" : "10m" } = options;
  const limitMs = secondsIn(timeout, "timeout") * 1_000;
  const client = await context.client();
  const begun = await client.beginRotation({ force }, context.signal);
  context.tell(
    `The cluster has had a new authority since ${begun.since ?? "now"}; the former one is trusted until every machine has a certificate`,
  );
  await untilReady(context, client, { begun, force, limitMs });
  const ended = await end(context, client, begun.authority, force);
  const { stdout } = context.environment;
  if (options.output === "json") writeJson(stdout, ended);
  else context.print("The cluster's authority is rotated, and the former one is not trusted any more");
  for (const machine of ended.lagging) context.tell(adviceOn(machine));
  return exitCode.ok;
}

interface Wait {
  readonly begun: RotationAnswer;
  readonly force: boolean;
  readonly limitMs: number;
}

/** Resolves when no machine lags behind that the rotation waits for; with `force`, also at the end of the time. */
async function untilReady(context: Context, client: ClusterClient, { begun, force, limitMs }: Wait): Promise<void> {
  const { clock, stderr, variables } = context.environment;
  const until = clock.monotonic() + limitMs;
  using progress = startProgress(stderr, isColored(stderr, variables));
  let lagging = begun.lagging;
  for (;;) {
    const missing = force ? lagging.filter(({ present }) => present) : lagging;
    if (missing.length === 0) return;
    progress.show(`waiting for ${missing.length} machines: ${namesOf(missing)}`);
    if (clock.monotonic() >= until) {
      if (force) return;
      throw new CommandError(
        `the rotation is not complete: ${missing.length} machines have no certificate of the new authority yet ` +
          `(${namesOf(missing)}). Both authorities are trusted meanwhile; run the command again to go on, or with ` +
          "--force to go on without them",
      );
    }
    await clock.sleep(POLL_MS, context.signal);
    lagging = (await look(context, client, until)) ?? lagging;
  }
}

/** The machines that lag behind; undefined while the server does not answer, for example because it restarts. */
async function look(
  context: Context,
  client: ClusterClient,
  until: number,
): Promise<RotationAnswer["lagging"] | undefined> {
  try {
    const { state, lagging } = await client.getRotation(context.signal);
    return state === "none" ? [] : lagging;
  } catch (error) {
    context.signal.throwIfAborted();
    const isRefused = isApiError(error) && !isRefusal(error, "unavailable") && !isRefusal(error, "store-unavailable");
    if (isRefused || context.environment.clock.monotonic() >= until) throw error;
    return undefined;
  }
}

/** Ends the rotation: without the machines that are away if that is enough, else without all that lag behind. */
async function end(
  context: Context,
  client: ClusterClient,
  authority: string,
  force: boolean,
): Promise<RotationAnswer> {
  if (!force) return client.endRotation({ authority }, context.signal);
  try {
    return await client.endRotation({ authority, force: "away" }, context.signal);
  } catch (error) {
    if (!isRefusal(error, "rotation-refused")) throw error;
    return client.endRotation({ authority, force: "all" }, context.signal);
  }
}

type Lagging = RotationAnswer["lagging"][number];

function namesOf(machines: readonly Lagging[]): string {
  const named = machines.slice(0, NAMED).map(nameOf);
  const more = machines.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

function nameOf({ machineID, role, present }: Lagging): string {
  return `${role === "server" ? "server " : ""}${shortMachineID(machineID)}${present ? "" : " (away)"}`;
}

function adviceOn({ machineID, role }: Lagging): string {
  if (role === "server")
    return `Server ${machineID} was left behind; it follows when it reaches the store, or when fleet.service is restarted`;
  return (
    `Machine ${machineID} was left behind, and its units run on; run fleetctl machine remove ${machineID}, then on its ` +
    "host systemctl stop fleet.service fleet.socket and fleetctl join SERVER --token TOKEN"
  );
}
