import { shortMachineID } from "@flotilla/api/client";
import { messageOf } from "@flotilla/runtime";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { MachineBook } from "../cluster/machine-book.ts";
import type { Context } from "../context.ts";
import { reportVerdict, withoutHeading } from "./report-verdict.ts";
import type { Goal, Verdict } from "./verdict.ts";

/** What to do about a machine that is away. */
const END_WAITING =
  "Bring the machine back; or end the waiting with Ctrl-C (--no-block does not begin it): the request stands.";

export interface ReporterOptions {
  readonly context: Context;
  readonly client: ClusterClient;
  readonly goal: Goal;
  /** The command, for messages. */
  readonly verb: string;
  /** Called before anything is written, to take the progress line away. */
  readonly beforeLine: () => void;
}

/** Tells of verdicts one after the other, in the order in which they come. */
export class Reporter {
  /** The units that are as wanted. */
  readonly reached = new Set<string>();
  readonly #options: ReporterOptions;
  readonly #machines: MachineBook;
  #said: Promise<void> = Promise.resolve();
  readonly #heldUp = new Set<string>();
  #trouble = "";

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#machines = new MachineBook(options.client, options.context.signal);
  }

  readonly take = (unit: string, verdict: Verdict): void => {
    if (verdict.kind === "reached") this.reached.add(unit);
    else this.reached.delete(unit);
    const said = this.#said.then(() => this.#say(unit, verdict));
    // `finished` hears of the error; here it only must not count as unheard meanwhile.
    said.catch(() => {});
    this.#said = said;
  };

  /** Each trouble is told once, however often it is met. */
  readonly trouble = (error: unknown): void => {
    const message = messageOf(error);
    if (message === this.#trouble) return;
    this.#trouble = message;
    this.#options.beforeLine();
    this.#options.context.tell(`${message} Still waiting; trying again.`);
  };

  /** Told once of each unit: the reasons are in other words whenever a machine comes or goes. */
  readonly heldUp = (unit: string, reasons: readonly string[]): void => {
    if (this.#heldUp.has(unit)) return;
    this.#heldUp.add(unit);
    this.#options.beforeLine();
    const lines = withoutHeading(unit, reasons).map((reason) => `  ${reason}`);
    this.#options.context.tell([`Still waiting for ${unit}:`, ...lines, `  ${END_WAITING}`].join("\n"));
  };

  readonly away = (machineID: string, [first = "", ...others]: readonly string[]): void => {
    const { beforeLine, context, verb } = this.#options;
    const units = others.length === 0 ? first : `${first} and ${others.length} more`;
    beforeLine();
    context.tell(
      `Still waiting for ${units}: machine ${shortMachineID(machineID)} is away, and the ${verb} is done there when it is ` +
        `back. ${END_WAITING}`,
    );
  };

  /** Resolves once all is said; with the units that are as wanted. */
  async finished(): Promise<ReadonlySet<string>> {
    await this.#said;
    return this.reached;
  }

  async #say(unit: string, verdict: Verdict): Promise<void> {
    const { context, beforeLine } = this.#options;
    const { results, complaints } = await reportVerdict(context, this.#machines, unit, verdict, this.#options);
    beforeLine();
    for (const line of results) context.print(line);
    for (const line of complaints) context.tell(line);
  }
}
