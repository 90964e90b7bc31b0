import { eventually, type StoreHarness } from "../contract/index.ts";
import type { Store } from "../port/index.ts";
import { StoreTimeoutError, StoreUnavailableError } from "../port/store-error.ts";

type Harness = Pick<StoreHarness, "elapse">;

/** Retries while etcd is down or has no leader. */
export async function untilServed<T>(harness: Harness, what: string, call: () => Promise<T>): Promise<T> {
  const answers: T[] = [];
  const attempt = (): Promise<boolean> =>
    call().then(
      (answer) => answers.push(answer) > 0,
      (error: unknown) => {
        if (isOutage(error)) return false;
        throw error;
      },
    );
  await eventually(harness, what, attempt, 15_000);
  const [answer] = answers;
  if (answer === undefined) throw new Error(`Nothing was answered: ${what}`);
  return answer;
}

/** Creates the key exactly once, with retries. */
export async function createOnce(harness: Harness, store: Store, key: string): Promise<void> {
  const create = { compare: [{ key, createRevision: 0 }], onSuccess: [{ put: key, value: "" }] };
  await untilServed(harness, `${key} to be written`, () => store.txn(create));
}

export function isOutage(error: unknown): boolean {
  return error instanceof StoreTimeoutError || error instanceof StoreUnavailableError;
}
