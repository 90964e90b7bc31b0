import type { ClusterSnapshot } from "@flotilla/model";

/** A live view of the cluster that can return a frozen copy. */
export interface LiveView extends ClusterSnapshot {
  freeze(): ClusterSnapshot;
}

/** A snapshot that costs nothing until the event loop turns: the live view itself, and a frozen copy after `stand`. */
export class StandingView implements ClusterSnapshot {
  readonly #live: LiveView;
  #shown: ClusterSnapshot;

  constructor(live: LiveView) {
    this.#live = live;
    this.#shown = live;
  }

  /** Must be called before the event loop turns. */
  stand(): void {
    if (this.#shown === this.#live) this.#shown = this.#live.freeze();
  }

  /** Whether the snapshot is still the live view. */
  get isLive(): boolean {
    return this.#shown === this.#live;
  }

  get revision(): number {
    return this.#shown.revision;
  }
  get machines(): ClusterSnapshot["machines"] {
    return this.#shown.machines;
  }
  get units(): ClusterSnapshot["units"] {
    return this.#shown.units;
  }
  get unreadable(): ClusterSnapshot["unreadable"] {
    return this.#shown.unreadable;
  }
  get settings(): ClusterSnapshot["settings"] {
    return this.#shown.settings;
  }
  get assignments(): ClusterSnapshot["assignments"] {
    return this.#shown.assignments;
  }
  get assignmentsOn(): ClusterSnapshot["assignmentsOn"] {
    return this.#shown.assignmentsOn;
  }
  get states(): ClusterSnapshot["states"] {
    return this.#shown.states;
  }
  get secrets(): ClusterSnapshot["secrets"] {
    return this.#shown.secrets;
  }
  get attempts(): ClusterSnapshot["attempts"] {
    return this.#shown.attempts;
  }
  get histories(): ClusterSnapshot["histories"] {
    return this.#shown.histories;
  }
  get mirrors(): ClusterSnapshot["mirrors"] {
    return this.#shown.mirrors;
  }
  get leader(): ClusterSnapshot["leader"] {
    return this.#shown.leader;
  }
  get attendance(): ClusterSnapshot["attendance"] {
    return this.#shown.attendance;
  }
}
