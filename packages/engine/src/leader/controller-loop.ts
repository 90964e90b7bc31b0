import { type ClusterChange, type ClusterFeed, type ClusterView, ConflictError } from "@flotilla/registry";
import type { EventRecorder, MachineID } from "@flotilla/model";
import type { Clock, Logger, Nudge } from "@flotilla/runtime";
import type { Absences } from "../absence/absences.ts";
import { ChangeSet } from "../controller/change-set.ts";
import type { Controller, LeaderDecision, WriteOutcome } from "../controller/controller.ts";
import { earliestAfter } from "../controller/earliest-after.ts";
import type { FencedWriter } from "../controller/fenced-writer.ts";
import type { Now } from "../controller/now.ts";
import { runSteps } from "../controller/run-steps.ts";
import { writeLine } from "../controller/write-line.ts";
import type { EngineObserver } from "../options.ts";
import { decideInOrder, Pass, type Proposal } from "./pass.ts";
import type { Term } from "./term.ts";
import { WakeTimer } from "./wake-timer.ts";

export interface ControllerLoopOptions {
  /** In the order in which they decide. */
  readonly controllers: readonly Controller[];
  readonly term: Term;
  readonly absences: Absences;
  readonly feed: ClusterFeed;
  /** The machine whose engine leads. */
  readonly machineID: MachineID;
  /** Poked when a pass must follow at once. */
  readonly nudge: Nudge;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly observer: Pick<EngineObserver, "onDecisions">;
}

/** How many views a pass takes in a row while the feed loads a listing. */
const MOST_VIEWS = 10;

/** Runs the controllers of one term. Each pass has one snapshot and one set of changes. */
export class ControllerLoop {
  readonly #options: ControllerLoopOptions;
  readonly #changes = new ChangeSet();
  readonly #timer: WakeTimer;

  constructor(options: ControllerLoopOptions) {
    this.#options = options;
    this.#timer = new WakeTimer(options.clock, options.nudge);
  }

  /** Takes in changes as the feed reports them. */
  note(changes: readonly ClusterChange[]): void {
    const { controllers, feed, machineID, nudge } = this.#options;
    this.#changes.add(changes);
    const wakes = (change: ClusterChange): boolean =>
      (change.kind === "leader" && change.value !== machineID) ||
      controllers.some((controller) => controller.wakes(change, feed.view));
    if (changes.some(wakes)) nudge.poke();
  }

  /**
   * One pass: the first controller with decisions writes them. When all of them are outdated, the other controllers get
   * their turn on a new snapshot.
   * @throws LeadershipLostError when another engine leads; the store's errors; the signal's reason.
   */
  async pass(signal: AbortSignal): Promise<void> {
    const { controllers, nudge } = this.#options;
    const left = new Set(controllers);
    for (;;) {
      const proposal = await this.#decide([...left], signal);
      if (!proposal) break;
      const outcome = await this.#write(proposal, signal);
      // Not every write wakes the leader, and the controllers after this one have had no turn yet.
      if (outcome !== "outdated") nudge.poke();
      if (outcome === "written") break;
      left.delete(proposal.controller);
    }
  }

  /** Ends the loop's timer. */
  close(): void {
    this.#timer.clear();
  }

  async #decide(controllers: readonly Controller[], signal: AbortSignal): Promise<Proposal | undefined> {
    const { term, absences, feed } = this.#options;
    for (let views = 0; views < MOST_VIEWS; views++) {
      const view = await term.view(signal);
      if (!feed.isWhole) continue;
      this.#takeChanges(view);
      for (const controller of controllers) {
        const reading = controller.observe?.(view, absences, signal);
        // An await lets the view change, also when there is nothing to wait for.
        if (reading) await reading;
      }
      // No await may come between this check of the live view and the first step on it.
      if (feed.isWhole) return this.#run(view, controllers, signal);
    }
    throw new ConflictError(
      "the live copy of the cluster is being listed again; the leader decides once it is complete",
    );
  }

  async #run(
    view: ClusterView,
    controllers: readonly Controller[],
    signal: AbortSignal,
  ): Promise<Proposal | undefined> {
    const now = this.#takeChanges(view);
    const pass = new Pass(view, this.#options.absences, now);
    const proposal = await runSteps(decideInOrder(controllers, pass), pass.snapshot, signal);
    const times = this.#options.controllers.map(({ dueAt }) => dueAt);
    this.#timer.set(earliestAfter(now.monotonic, times));
    return proposal;
  }

  #takeChanges(view: ClusterView): Now {
    const { controllers, absences, clock } = this.#options;
    for (const change of this.#changes.take()) {
      absences.note(change);
      for (const controller of controllers) controller.note?.(change);
    }
    const now = { monotonic: clock.monotonic(), wall: clock.wall() };
    absences.update(view, now);
    return now;
  }

  async #write({ controller, decisions }: Proposal, signal: AbortSignal): Promise<WriteOutcome> {
    const writer: FencedWriter<LeaderDecision> = {
      apply: (batch, send) => this.#apply(controller, batch, send, signal),
    };
    return controller.write(decisions, writer, signal);
  }

  async #apply(
    controller: Controller,
    batch: readonly LeaderDecision[],
    send: Parameters<FencedWriter<LeaderDecision>["apply"]>[1],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { term, log, observer } = this.#options;
    let isApplied = false;
    try {
      isApplied = await term.send(send, signal);
    } finally {
      observer.onDecisions?.(isApplied ? "written" : "not-written", batch);
    }
    if (isApplied) this.#tell(controller, batch);
    else
      log.debug("the cluster has changed since the decision; deciding again", {
        decisions: batch.length,
        reason: batch[0]?.sentence,
      });
    return isApplied;
  }

  #tell(controller: Controller, written: readonly LeaderDecision[]): void {
    const { log, events } = this.#options;
    for (const decision of written) {
      for (const line of controller.linesOf(decision)) writeLine(log, line);
      for (const event of controller.eventsOf?.(decision) ?? []) events.record(event);
    }
  }
}
