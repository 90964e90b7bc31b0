import type { ClusterView } from "@flotilla/registry";
import type { Steps } from "@flotilla/schedule";
import type { Absences } from "../absence/absences.ts";
import type { Controller, LeaderDecision, PassInput } from "../controller/controller.ts";
import type { Now } from "../controller/now.ts";
import { StandingView } from "../controller/standing-view.ts";

/** The input of one pass, taken from the live view at one moment. */
export class Pass implements PassInput {
  readonly snapshot: StandingView;
  readonly absences: Absences;
  readonly now: Now;
  readonly #view: ClusterView;

  constructor(view: ClusterView, absences: Absences, now: Now) {
    this.snapshot = new StandingView(view);
    this.absences = absences;
    this.now = now;
    this.#view = view;
  }

  get live(): ClusterView | undefined {
    return this.snapshot.isLive ? this.#view : undefined;
  }
}

/** The decisions of the first controller that has any. */
export interface Proposal {
  readonly controller: Controller;
  readonly decisions: readonly LeaderDecision[];
}

/** Lets each controller decide on the same input, in order, until one has something to write. */
export function* decideInOrder(controllers: readonly Controller[], input: PassInput): Steps<Proposal | undefined> {
  for (const controller of controllers) {
    const decisions = yield* controller.steps(input);
    if (decisions.length > 0) return { controller, decisions };
  }
  return undefined;
}
