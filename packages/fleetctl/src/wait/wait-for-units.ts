import type { Context } from "../context.ts";
import { MachineBook } from "../cluster/machine-book.ts";
import { isColored } from "../output/color.ts";
import { startProgress } from "../output/progress.ts";
import { describePending, describeProgress } from "./describe-pending.ts";
import type { ObservedUnit } from "./observed-unit.ts";
import { reportVerdict } from "./report-verdict.ts";
import { UnitWait } from "./unit-wait.ts";
import type { Goal, Verdict } from "./verdict.ts";
import { messageOf } from "@flotilla/runtime";

/** Long enough for a sidekick's main unit to be placed, or for a machine that is joining. */
const GRACE_MS = 2000;

export interface WaitOptions {
  readonly goal: Goal;
  /** The command, for messages. */
  readonly verb: string;
  /** fleet's attempts took about a second each; 0: no limit. */
  readonly blockAttempts: number;
  readonly revision: number;
}

/**
 * Waits until each unit is as the command wants it, or cannot be, and tells of each as it comes.
 *
 * @returns the names of those that are as wanted.
 */
export async function waitForUnits(
  context: Context,
  units: readonly ObservedUnit[],
  options: WaitOptions,
): Promise<ReadonlySet<string>> {
  if (units.length === 0) return new Set();
  const client = await context.client();
  const { clock, stderr, variables } = context.environment;
  using progress = startProgress(stderr, isColored(stderr, variables));
  const report = new Reporter(context, options, progress.clear);
  const limitMs = options.blockAttempts > 0 ? options.blockAttempts * 1000 : undefined;
  const wait = new UnitWait({
    client,
    clock,
    goal: options.goal,
    units,
    revision: options.revision,
    graceMs: GRACE_MS,
    limitMs,
    onVerdict: report.take,
    onProgress: (pending) => progress.show(describeProgress(options.goal, units.length, pending)),
    onTrouble: (error) => report.trouble(error),
  });
  try {
    await wait.run(context.signal);
    return await report.finished();
  } catch (error) {
    progress.clear();
    if (context.signal.aborted) tellPending(context, wait.pending);
    throw error;
  }
}

/** Tells of verdicts one after the other, in the order in which they come. */
class Reporter {
  readonly #context: Context;
  readonly #options: WaitOptions;
  readonly #clear: () => void;
  readonly #machines: Promise<MachineBook>;
  readonly #reached = new Set<string>();
  #said: Promise<void> = Promise.resolve();
  #trouble = "";

  constructor(context: Context, options: WaitOptions, clear: () => void) {
    this.#context = context;
    this.#options = options;
    this.#clear = clear;
    this.#machines = context.client().then((client) => new MachineBook(client, context.signal));
  }

  readonly take = (unit: string, verdict: Verdict): void => {
    if (verdict.kind === "reached") this.#reached.add(unit);
    const said = this.#said.then(async () => {
      const lines = await reportVerdict(this.#context, await this.#machines, unit, verdict, this.#options);
      this.#clear();
      for (const line of lines.results) this.#context.print(line);
      for (const line of lines.complaints) this.#context.tell(line);
    });
    // `finished` hears of the error; here it only must not count as unheard meanwhile.
    said.catch(() => {});
    this.#said = said;
  };

  /** Each trouble is told once, however often it is met. */
  trouble(error: unknown): void {
    const message = messageOf(error);
    if (message === this.#trouble) return;
    this.#trouble = message;
    this.#clear();
    this.#context.tell(`${message} Still waiting; trying again.`);
  }

  async finished(): Promise<ReadonlySet<string>> {
    await this.#said;
    return this.#reached;
  }
}

function tellPending(context: Context, pending: readonly ObservedUnit[]): void {
  if (pending.length === 0) return;
  context.tell(`No longer waiting for ${pending.map(describePending).join(", ")}: what was asked for stays asked for.`);
}
