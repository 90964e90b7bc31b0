import type { MachineID } from "@flotilla/model";
import {
  type AssignmentRegistry,
  type ClusterFeed,
  type ClusterView,
  type Leadership,
  LeadershipLostError,
} from "@flotilla/registry";
import type { Written } from "../controller/fenced-writer.ts";

export interface TermOptions {
  readonly leadership: Leadership;
  readonly assignments: Pick<AssignmentRegistry, "holds">;
  /** The machine whose engine leads. */
  readonly machineID: MachineID;
  readonly feed: ClusterFeed;
}

/** One term of a leader: a view that shows the term's own writes, and writes that fail once the term is over. */
export class Term {
  readonly #options: TermOptions;
  /** The revision of the last answer to a write: the leader decides on no older view. */
  #answered = 0;
  /** A write may be under way, or others may have written before this term. */
  #isUncertain = true;

  constructor(options: TermOptions) {
    this.#options = options;
  }

  /**
   * Returns the live view once it shows all writes of this term: otherwise the leader would decide on them again.
   * @throws LeadershipLostError when another engine leads; the store's errors; the signal's reason.
   */
  async view(signal: AbortSignal): Promise<ClusterView> {
    const { feed, machineID } = this.#options;
    // mutation: own writes in the view
    if (this.#isUncertain) await feed.fresh(signal);
    else await feed.reach(this.#answered, signal);
    this.#isUncertain = false;
    if (feed.view.leader !== machineID) throw new LeadershipLostError(UNSEATED);
    return feed.view;
  }

  /**
   * Sends a transaction that compares the term.
   * @returns whether the transaction was applied; false when the cluster changed since the snapshot.
   * @throws as `view`.
   */
  async send(transaction: (leadership: Leadership) => Promise<Written>, signal: AbortSignal): Promise<boolean> {
    const { leadership, assignments } = this.#options;
    signal.throwIfAborted();
    this.#isUncertain = true;
    const { applied, revision } = await transaction(leadership);
    this.#isUncertain = false;
    this.#answered = revision;
    if (!applied && !(await assignments.holds(leadership, signal))) throw new LeadershipLostError(UNSEATED);
    return applied;
  }
}

const UNSEATED =
  "another engine holds the leader's key, or the key was deleted; this engine stops deciding and stands for leader again";
