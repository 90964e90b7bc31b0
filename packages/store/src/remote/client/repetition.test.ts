import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkUnavailableError } from "@flotilla/link";
import type { Store } from "../../port/index.ts";
import { StoreUnavailableError } from "../../port/store-error.ts";
import { Gateway } from "../gateway.fixture.ts";
import { type CallName, STORE_PATH } from "../wire/calls.ts";

interface Row {
  readonly name: CallName;
  readonly call: (store: Store) => Promise<unknown>;
  readonly isRepeated: boolean;
}

const rows: readonly Row[] = [
  { name: "revision", call: (store) => store.revision(), isRepeated: true },
  { name: "range", call: (store) => store.range({ prefix: "own/m1/" }), isRepeated: true },
  { name: "lease/grant", call: (store) => store.grant(10_000), isRepeated: true },
  { name: "lease/renew", call: (store) => store.resume("1", 10_000), isRepeated: true },
  { name: "lease/time", call: (store) => store.leaseTime("1"), isRepeated: true },
  {
    name: "txn",
    call: (store) => store.txn({ onSuccess: [{ put: "own/m1/a", value: "" }] }),
    isRepeated: false,
  },
];

for (const { name, call, isRepeated } of rows) {
  test(`${name} is ${isRepeated ? "repeated" : "not repeated"} when its answer is lost`, async () => {
    const gateway = new Gateway();
    let [sent, lost] = [0, 0];
    const store = gateway.connect("m1", {
      before: async ({ path }) => {
        if (path === STORE_PATH + name) sent += 1;
      },
      after: async ({ path }) => {
        if (path !== STORE_PATH + name || lost > 0) return;
        lost += 1;
        throw new LinkUnavailableError("the connection was lost");
      },
    });
    if (isRepeated) await call(store);
    else await assert.rejects(call(store), StoreUnavailableError);
    assert.equal(sent, isRepeated ? 2 : 1);
    gateway.close();
  });
}

test("a call is not repeated for ever", async () => {
  const gateway = new Gateway();
  let sent = 0;
  const store = gateway.connect("m1", {
    before: async () => {
      sent += 1;
      throw new LinkUnavailableError("the connection was lost");
    },
  });
  await assert.rejects(store.revision(), StoreUnavailableError);
  assert.equal(sent, 4);
});
