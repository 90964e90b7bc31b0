import { isSameRun, type MachineID, type UnitRun, type UnitState } from "@flotilla/model";
import { reportedRuns } from "./kept-runs.ts";

/** What a leader knows of a unit's runs beyond the history in the store. */
export interface News {
  readonly ended: readonly UnitRun[];
  /** Runs whose state is gone: their machine was lost, or the unit was taken off it. */
  readonly vanished: readonly UnitRun[];
  /** When the timer has last elapsed; 0 for other units. */
  readonly triggeredAt: number;
}

/** How many runs of a unit that have ended are noted until they are written. */
const MOST_NOTED = 20;

const NONE: News = { ended: [], vanished: [], triggeredAt: 0 };

/** Gathers runs from the states of units, and remembers those that last. */
export class RunNews {
  readonly #news = new Map<string, News>();
  /** Runs that last, by unit and machine. */
  readonly #lasting = new Map<string, UnitRun>();

  get all(): ReadonlyMap<string, News> {
    return this.#news;
  }

  /** Whether a run of the unit lasted there when the unit's state was last seen. */
  isLasting(unit: string, machineID: MachineID): boolean {
    return this.#lasting.has(`${unit} ${machineID}`);
  }

  /** Takes in a unit's state; undefined if it was deleted. */
  note(unit: string, machineID: MachineID, state: UnitState | undefined): void {
    const place = `${unit} ${machineID}`;
    const lasting = this.#lasting.get(place);
    if (!state?.runs && !lasting && state?.triggeredAt === undefined) return;
    const known = this.#news.get(unit) ?? NONE;
    this.#lasting.delete(place);
    if (!state) {
      if (lasting) this.#news.set(unit, { ...known, vanished: [...known.vanished, lasting] });
      return;
    }
    const runs = reportedRuns(machineID, state.runs ?? []);
    const last = runs.at(-1);
    if (last?.endedAt === 0) this.#lasting.set(place, last);
    const over = runs.filter(({ endedAt }) => endedAt > 0);
    const triggeredAt = Math.max(known.triggeredAt, state.triggeredAt ?? 0);
    if (over.length === 0 && triggeredAt === known.triggeredAt) return;
    this.#news.set(unit, { ...known, ended: merged(known.ended, over), triggeredAt });
  }

  delete(unit: string): void {
    this.#news.delete(unit);
  }
}

function merged(known: readonly UnitRun[], over: readonly UnitRun[]): readonly UnitRun[] {
  const fresh = over.filter((run) => !known.some((other) => isSameRun(other, run)));
  return fresh.length === 0 ? known : [...known, ...fresh].slice(-MOST_NOTED);
}
