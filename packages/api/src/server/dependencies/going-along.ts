import type { DesiredState } from "@flotilla/model";
import type { EditAlong } from "@flotilla/registry";

/** A unit that goes along with a change of another one, and why. */
export interface ToldAlong {
  readonly name: string;
  readonly desiredState: DesiredState;
  /** The option of a unit file, as in `BindsTo=b.service of a.service`. */
  readonly because: string;
  readonly restart: boolean;
}

/** The changes of other units that go along with a change, for the store and for people. */
export interface GoingAlong {
  readonly edits: readonly EditAlong[];
  readonly told: readonly ToldAlong[];
}
