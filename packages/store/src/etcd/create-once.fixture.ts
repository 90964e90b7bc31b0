import { eventually, type StoreHarness } from "../contract/index.ts";
import type { Store } from "../port.ts";
import { StoreTimeoutError, StoreUnavailableError } from "../store-error.ts";

/** Creates the key once, however often it has to be tried while etcd is away. */
export async function createOnce(harness: Pick<StoreHarness, "elapse">, store: Store, key: string): Promise<void> {
  const create = { compare: [{ key, createRevision: 0 }], onSuccess: [{ put: key, value: "" }] };
  const attempt = (): Promise<boolean> =>
    store.txn(create).then(
      () => true,
      (error: unknown) => {
        if (isOutage(error)) return false;
        throw error;
      },
    );
  await eventually(harness, `${key} to be written`, attempt, 15_000);
}

export function isOutage(error: unknown): boolean {
  return error instanceof StoreTimeoutError || error instanceof StoreUnavailableError;
}
