import { FlotillaError } from "@flotilla/runtime";

/** The copy of a store is not exact, so the cluster must not use it. */
export class CopyDiffersError extends FlotillaError {
  readonly code = "copy-differs";
}

/** The cluster cannot move to this store, or its store has moved or is moving already. */
export class StoreMoveRefusedError extends FlotillaError {
  readonly code = "store-move-refused";
}
