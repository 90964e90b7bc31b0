import { type MachineID, shortMachineID } from "@flotilla/model";
import type { ClusterChange, MachineSettingsRegistry } from "@flotilla/registry";
import type { Steps } from "@flotilla/schedule";
import type { Controller, LeaderDecision, LogLine, PassInput, WriteOutcome } from "../controller/controller.ts";
import { earliestAfter } from "../controller/earliest-after.ts";
import type { FencedWriter } from "../controller/fenced-writer.ts";
import { DrainTimes } from "./drain-times.ts";

/** A drain is over at the time that its operator gave. */
export interface DrainDecision extends LeaderDecision {
  readonly kind: "end-drain";
  readonly machineID: MachineID;
  /** Names the drain. */
  readonly since: number;
}

/** Ends drains at their time: the machine takes units again, unless it is cordoned. */
export class DrainsController implements Controller<DrainDecision> {
  readonly #settings: Pick<MachineSettingsRegistry, "endDrain">;
  readonly #times = new DrainTimes();
  #dueAt: number | undefined;

  constructor(settings: Pick<MachineSettingsRegistry, "endDrain">) {
    this.#settings = settings;
  }

  get dueAt(): number | undefined {
    return this.#dueAt;
  }

  wakes({ kind }: ClusterChange): boolean {
    return kind === "machine";
  }

  note(change: ClusterChange): void {
    this.#times.note(change);
  }

  // oxlint-disable-next-line require-yield
  *steps({ snapshot, now }: Pick<PassInput, "snapshot" | "now">): Steps<readonly DrainDecision[]> {
    this.#times.update(snapshot, now);
    this.#dueAt = earliestAfter(now.monotonic, this.#times.ends());
    return [...this.#times.over(now.monotonic)].map(([machineID, since]) => ({
      kind: "end-drain",
      machineID,
      since,
      reason: { code: "until" },
      sentence: `the drain of machine ${shortMachineID(machineID)} is over: it was asked for until now`,
    }));
  }

  async write(
    decisions: readonly DrainDecision[],
    writer: FencedWriter<DrainDecision>,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    let outcome: WriteOutcome = "outdated";
    for (const decision of decisions) {
      const { machineID, since } = decision;
      const isWritten = await writer.apply([decision], (leadership) =>
        this.#settings.endDrain(leadership, machineID, since, signal),
      );
      if (isWritten) outcome = "written";
    }
    return outcome;
  }

  linesOf({ machineID, sentence }: DrainDecision): readonly LogLine[] {
    return [{ level: "info", message: "drain ended", fields: { machineID, reason: sentence } }];
  }
}
