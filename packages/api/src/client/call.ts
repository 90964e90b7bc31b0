import type { V2Operation } from "../contract/v2/endpoints.ts";
import type { CreateTokenBody } from "../contract/v2/access-entities.ts";
import type { BeginRotationBody, EndRotationBody } from "../contract/v2/rotation.ts";
import type { StartRunBody } from "../contract/v2/runs.ts";
import type { CordonBody, DrainBody, MoveUnitBody, RebalanceBody } from "../contract/v2/operating.ts";
import type { EditMetadataBody } from "../contract/v2/machine-requests.ts";
import type { PlanBody } from "../contract/v2/planning.ts";
import type { MoveStoreBody, PutUnitBody, UnitActionBody } from "../contract/v2/requests.ts";

/** Operations that take long, or must not be repeated. */
export const LONG: readonly V2Operation[] = ["actOnUnit", "moveStore", "getStoreBackup", "readAudit"];

/** Operations that may take as long, and that have the same effect when they are repeated. */
export const LONG_REPEATABLE: readonly V2Operation[] = ["startRun"];

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** A call of an operation. */
export interface Call {
  /** The value of the path's parameter. */
  readonly item?: string;
  readonly query?: Query;
  readonly body?:
    | PutUnitBody
    | EditMetadataBody
    | CordonBody
    | DrainBody
    | MoveUnitBody
    | RebalanceBody
    | UnitActionBody
    | PlanBody
    | MoveStoreBody
    | CreateTokenBody
    | BeginRotationBody
    | EndRotationBody
    | StartRunBody;
}
