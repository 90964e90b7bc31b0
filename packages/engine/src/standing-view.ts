import type { ClusterSnapshot } from "@flotilla/model";

/** A live view of the cluster, of which can be had what it shows now, for good. */
export interface LiveView extends ClusterSnapshot {
  freeze(): ClusterSnapshot;
}

/** The live view for as long as nothing else runs, and what that showed last from the first `stand` on. */
export class StandingView implements ClusterSnapshot {
  readonly #live: LiveView;
  #shown: ClusterSnapshot;

  constructor(live: LiveView) {
    this.#live = live;
    this.#shown = live;
  }

  /** To be called before the event loop turns. */
  stand(): void {
    if (this.#shown === this.#live) this.#shown = this.#live.freeze();
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
  get attempts(): ClusterSnapshot["attempts"] {
    return this.#shown.attempts;
  }
  get leader(): ClusterSnapshot["leader"] {
    return this.#shown.leader;
  }
  get attendance(): ClusterSnapshot["attendance"] {
    return this.#shown.attendance;
  }
}
