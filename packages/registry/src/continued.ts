import { ContinuedStore, type LeaseCalls, type Store } from "@flotilla/store";
import { keys } from "./keys.ts";

/** Returns the cluster's store with the revisions that its clients must see: see `ContinuedStore`. */
export function continued(store: Store & LeaseCalls): Store & LeaseCalls {
  return new ContinuedStore({ store, baseKey: keys.base });
}
