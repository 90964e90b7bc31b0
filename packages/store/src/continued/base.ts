import type { Revision, Store } from "../port/index.ts";
import { StoreRefusedError } from "../port/store-error.ts";

/** The value of the key that holds a store's base: see `ContinuedStore`. */
export function baseValue(base: Revision): string {
  return JSON.stringify({ revision: base });
}

/**
 * Reads a store's base: 0 for a store that is not a copy.
 * @throws StoreRefusedError for an unreadable base; the store's errors; the signal's reason.
 */
export async function readBase(store: Pick<Store, "range">, key: string, signal?: AbortSignal): Promise<Revision> {
  const [entry] = (await store.range({ prefix: key, exact: true }, signal)).entries;
  if (!entry) return 0;
  const base = revisionIn(entry.value);
  if (base !== undefined) return base;
  throw new StoreRefusedError(
    `the key ${JSON.stringify(key)} of the store cannot be read, and every revision depends on it; restore the key from a ` +
      "backup of the store",
  );
}

function revisionIn(text: string): Revision | undefined {
  try {
    const { revision } = JSON.parse(text) as { readonly revision?: unknown };
    return Number.isSafeInteger(revision) ? (revision as Revision) : undefined;
  } catch {
    return undefined;
  }
}
