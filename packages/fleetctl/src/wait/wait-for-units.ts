import type { Context } from "../context.ts";
import { isColored } from "../output/color.ts";
import { startProgress } from "../output/progress.ts";
import { describePending, describeProgress } from "./describe-pending.ts";
import type { ObservedUnit } from "./observed-unit.ts";
import { Reporter } from "./reporter.ts";
import { UnitWait } from "./unit-wait.ts";
import type { Goal } from "./verdict.ts";

/** Long enough to place the main unit of a sidekick, or for a machine to join. */
const GRACE_MS = 2000;

/**
 * systemd considers a `Type=simple` service started once it has forked, so a service that dies at once is briefly
 * active.
 */
const MIN_READY_MS = 200;

export interface WaitOptions {
  readonly goal: Goal;
  /** The command, for messages. */
  readonly verb: string;
  /** fleet's attempts took about a second each; 0 means no limit. */
  readonly blockAttempts: number;
  readonly revision: number;
}

/**
 * Waits until each unit reaches the goal or fails, and reports each verdict.
 *
 * @returns the names of the units that reached the goal.
 */
export async function waitForUnits(
  context: Context,
  units: readonly ObservedUnit[],
  { goal, verb, blockAttempts, revision }: WaitOptions,
): Promise<ReadonlySet<string>> {
  if (units.length === 0) return new Set();
  const client = await context.client();
  const { clock, random, stderr, variables } = context.environment;
  using progress = startProgress(stderr, isColored(stderr, variables));
  const report = new Reporter({ context, client, goal, verb, beforeLine: progress.clear });
  const limitMs = blockAttempts > 0 ? blockAttempts * 1000 : undefined;
  const wait = new UnitWait({
    client,
    clock,
    random,
    goal,
    units,
    revision,
    graceMs: GRACE_MS,
    minReadyMs: MIN_READY_MS,
    limitMs,
    onVerdict: report.take,
    onProgress: (pending) => progress.show(describeProgress(goal, units.length, report.reached.size, pending)),
    onHeldUp: report.heldUp,
    onAway: report.away,
    onTrouble: report.trouble,
  });
  try {
    await wait.run(context.signal);
    return await report.finished();
  } catch (error) {
    await report.finished().catch(() => {});
    progress.clear();
    if (context.signal.aborted) tellPending(context, wait.pending);
    throw error;
  }
}

function tellPending(context: Context, pending: readonly ObservedUnit[]): void {
  if (pending.length === 0) return;
  context.tell(`no longer waiting for ${pending.map(describePending).join(", ")}: the request stays in force`);
}
