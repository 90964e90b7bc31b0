import { after, before, describe } from "node:test";
import { endingContract } from "./ending-contract.ts";
import type { StoreHarness } from "./harness.ts";
import { leaseContract } from "./lease-contract.ts";
import { rangeContract } from "./range-contract.ts";
import { replacementContract } from "./replacement-contract.ts";
import { txnContract } from "./txn-contract.ts";
import { watchContract } from "./watch-contract.ts";

/** The tests that every implementation of Store must pass. Each test uses separate keys. */
export function storeContract(name: string, makeStore: () => Promise<StoreHarness>): void {
  describe(`${name} fulfils the store contract`, () => {
    let harness: StoreHarness | undefined;
    const use = (): StoreHarness => {
      if (harness === undefined) throw new Error("The store under test did not start.");
      return harness;
    };
    before(async () => {
      harness = await makeStore();
    });
    after(() => harness?.close());
    rangeContract(use);
    txnContract(use);
    watchContract(use);
    leaseContract(use);
    endingContract(use);
    // The last, because it deletes all data.
    replacementContract(use);
  });
}
