import { shortMachineID } from "@flotilla/api/client";
import { messageOf } from "@flotilla/runtime";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { MachineLegends } from "../cluster/machine-legends.ts";
import type { Context } from "../context.ts";
import { reportVerdict, withoutHeading } from "./report-verdict.ts";
import type { Goal, Verdict } from "./verdict.ts";

/** Advice for a machine that is away. */
const END_WAITING =
  "bring the machine back, or press Ctrl-C to stop waiting (--no-block does not wait); the request stays in force";

export interface ReporterOptions {
  readonly context: Context;
  readonly client: ClusterClient;
  readonly goal: Goal;
  /** The command, for messages. */
  readonly verb: string;
  /** Called before each output, to remove the progress line. */
  readonly beforeLine: () => void;
}

/** Reports verdicts one after the other, in the order of arrival. */
export class Reporter {
  /** The units that have reached the goal. */
  readonly reached = new Set<string>();
  readonly #options: ReporterOptions;
  readonly #machines: MachineLegends;
  #said: Promise<void> = Promise.resolve();
  readonly #heldUp = new Set<string>();
  #trouble = "";

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#machines = new MachineLegends(options.client, options.context.signal);
  }

  readonly take = (unit: string, verdict: Verdict): void => {
    if (verdict.kind === "reached") this.reached.add(unit);
    else this.reached.delete(unit);
    const said = this.#said.then(() => this.#say(unit, verdict));
    // `finished` reports the error; this handler only prevents an unhandled rejection.
    said.catch(() => {});
    this.#said = said;
  };

  /** Reports each error once in a row. */
  readonly trouble = (error: unknown): void => {
    const message = messageOf(error);
    if (message === this.#trouble) return;
    this.#trouble = message;
    this.#options.beforeLine();
    this.#options.context.tell(`${message}; still waiting, retrying`);
  };

  /** Reports each unit once, since the reasons change whenever a machine comes or goes. */
  readonly heldUp = (unit: string, reasons: readonly string[]): void => {
    if (this.#heldUp.has(unit)) return;
    this.#heldUp.add(unit);
    this.#options.beforeLine();
    const lines = withoutHeading(unit, reasons).map((reason) => `  ${reason}`);
    this.#options.context.tell([`still waiting for unit ${unit}:`, ...lines, `  ${END_WAITING}`].join("\n"));
  };

  readonly away = (machineID: string, [first = "", ...others]: readonly string[]): void => {
    const { beforeLine, context, verb } = this.#options;
    const units = others.length === 0 ? first : `${first} and ${others.length} more`;
    beforeLine();
    context.tell(
      `still waiting for ${units}: machine ${shortMachineID(machineID)} is away, and will ${verb} the unit when it returns; ` +
        END_WAITING,
    );
  };

  /** Resolves once all verdicts are reported, with the units that have reached the goal. */
  async finished(): Promise<ReadonlySet<string>> {
    await this.#said;
    return this.reached;
  }

  async #say(unit: string, verdict: Verdict): Promise<void> {
    const { context, beforeLine } = this.#options;
    const { results, errors } = await reportVerdict(context, this.#machines, unit, verdict, this.#options);
    beforeLine();
    for (const line of results) context.print(line);
    for (const line of errors) context.tell(line);
  }
}
