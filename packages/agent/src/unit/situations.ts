import type { Assignment } from "@flotilla/model";
import type { OwnAssignments } from "@flotilla/registry";
import type { UnitManager } from "@flotilla/systemd";
import type { GuardList } from "../guard/guard-list.ts";
import type { Provenance } from "../launch/provenance.ts";
import type { ReconcileMode } from "../reconcile-mode.ts";
import type { Needs } from "../stubs/needs.ts";
import type { SecretKeeper } from "../secrets/secret-keeper.ts";
import type { FileFacts } from "./file-facts.ts";
import type { Situation } from "./situation.ts";
import type { StartOrder } from "./start-order.ts";

export interface SituationsOptions {
  readonly assignments: Pick<OwnAssignments, "all" | "synced" | "unreadable">;
  readonly manager: Pick<UnitManager, "list">;
  readonly launches: Provenance;
  readonly files: FileFacts;
  readonly guarded: GuardList;
  readonly order: StartOrder;
  readonly needs: Needs;
  readonly secrets: Pick<SecretKeeper, "heldFor">;
  /** What to report about the unit's links: see `Situation.note`. */
  readonly noteOf: (unit: string) => string;
}

/** Gathers the facts about a unit from the parts that know them. */
export class Situations {
  readonly #options: SituationsOptions;

  constructor(options: SituationsOptions) {
    this.#options = options;
  }

  /** The situation to report. */
  of(unit: string): Situation {
    return this.#with(unit, this.#options.assignments.all.get(unit), true);
  }

  /** The situation to act on; undefined while no task may be done. */
  toActOn(unit: string, mode: ReconcileMode): Situation | undefined {
    const { launches, assignments } = this.#options;
    const { all, synced, unreadable } = assignments;
    switch (mode) {
      case "starting":
      case "paused":
        return undefined;
      case "draining":
        return this.#with(unit, undefined, false);
      case "reconciling":
        // A missing assignment means removal only if all assignments are known and come from the store that assigned
        // the unit.
        if (!all.has(unit) && (!synced || unreadable.has(unit) || launches.isOrphan(unit))) return undefined;
        return this.of(unit);
      default:
        return mode satisfies never;
    }
  }

  /** @param mayMirror whether the unit may stand for a unit elsewhere. */
  #with(unit: string, assignment: Assignment | undefined, mayMirror: boolean): Situation {
    const { manager, launches, files, guarded, order, needs, secrets, noteOf } = this.#options;
    return {
      unit,
      assignment,
      managed: manager.list().get(unit),
      file: files.of(unit),
      launch: launches.all.get(unit),
      waitsFor: order.waitOf(unit) ?? needs.waitOf(unit),
      ...(!assignment && mayMirror && needs.standIn(unit)),
      stopsFor: order.triggerToStopFor(unit),
      isGuarded: guarded.isGuarded(unit),
      isArmed: guarded.isArmed(unit),
      isListed: guarded.has(unit),
      isGuardOutdated: guarded.isOutdated(unit),
      secrets: secrets.heldFor(unit),
      guardProblem: guarded.problemOf(unit),
      note: noteOf(unit),
    };
  }
}
