import type { OwnMirrors } from "@flotilla/registry";
import type { Situation, Wait } from "../unit/situation.ts";
import { NeedOrder, type NeedOrderOptions } from "./need-order.ts";
import { NeedsHere } from "./needs-here.ts";
import { hasStub } from "./stub-types.ts";

export interface NeedsOptions extends Omit<NeedOrderOptions, "needs" | "mirrors"> {
  /** The states of units elsewhere. Undefined for an agent that makes no stubs. */
  readonly mirrors: Pick<OwnMirrors, "all" | "demand"> | undefined;
}

/** What units of this machine need of other units, here and elsewhere. */
export class Needs {
  readonly #mirrors: NeedsOptions["mirrors"];
  readonly #here: NeedsHere;
  readonly #order: NeedOrder;

  constructor({ mirrors, ...options }: NeedsOptions) {
    this.#mirrors = mirrors;
    this.#here = new NeedsHere(options.assignments);
    this.#order = new NeedOrder({ ...options, needs: this.#here, mirrors: mirrors?.all });
  }

  /**
   * Takes in changed assignments. Mirrors are read from the first need on.
   * @returns the units whose needers have changed.
   */
  note(units: Iterable<string>): ReadonlySet<string> {
    const affected = this.#here.note(units);
    if (this.#here.isAny) this.#mirrors?.demand();
    return affected;
  }

  /** All units that any unit here needs. */
  get needed(): Iterable<string> {
    return this.#here.needed;
  }

  /** The units here that need one of these units. */
  needersOf(units: Iterable<string>): readonly string[] {
    if (!this.#here.isAny) return [];
    return [...units].flatMap((unit) => [...this.#here.needersOf(unit)]);
  }

  /** See {@link NeedOrder.waitOf}. */
  waitOf(unit: string): Wait | undefined {
    return this.#order.waitOf(unit);
  }

  /** See {@link NeedOrder.isHeldBack}. */
  isHeldBack(unit: string): boolean {
    return this.#order.isHeldBack(unit);
  }

  /** What is known of a unit that is not assigned here and that a unit here may need. */
  standIn(unit: string): Pick<Situation, "mirror" | "isNeeded"> | undefined {
    if (!this.#mirrors || this.#here.needersOf(unit).size === 0 || !hasStub(unit)) return undefined;
    return { mirror: this.#mirrors.all.get(unit), isNeeded: true };
  }
}
