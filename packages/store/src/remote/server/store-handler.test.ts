import assert from "node:assert/strict";
import { test } from "node:test";
import { WatchRecorder } from "../../contract/index.ts";
import { ManualClock } from "@flotilla/runtime";
import { MemoryStore } from "../../memory/index.ts";
import type { LeaseCalls, Store, Txn } from "../../port/index.ts";
import { LeaseLostError, StoreRefusedError, StoreUnavailableError } from "../../port/store-error.ts";
import { Gateway } from "../gateway.fixture.ts";

const own = (key: string): string => `own/m1/${key}`;
const FOREIGN = "own/m2/a";

const refusedCalls: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  "a range": (store) => store.range({ prefix: FOREIGN }),
  "a read of one key": (store) => store.range({ prefix: FOREIGN, exact: true }),
  "a compare": (store) => store.txn({ compare: [{ key: FOREIGN, modRevision: 0 }], onSuccess: [] }),
  "a put": (store) =>
    store.txn({
      onSuccess: [
        { put: own("a"), value: "" },
        { put: FOREIGN, value: "" },
      ],
    }),
  "a delete": (store) => store.txn({ onSuccess: [{ delete: FOREIGN }] }),
  "a delete of a prefix": (store) => store.txn({ onSuccess: [{ deletePrefix: FOREIGN }] }),
  "a watch": (store) => watching(store, { prefix: FOREIGN, from: 1 }),
  "a witness": (store) => watching(store, { prefix: own(""), from: 1, witness: { key: FOREIGN, value: "" } }),
};

for (const [what, call] of Object.entries(refusedCalls)) {
  test(`${what} without the right is refused with the key, and told with machine and key`, async () => {
    const gateway = new Gateway();
    await gateway.store.txn({ onSuccess: [{ put: FOREIGN, value: "" }] });
    const before = await gateway.store.revision();
    await assert.rejects(call(gateway.connect("m1")), (error: Error) => {
      assert.ok(error instanceof StoreRefusedError, String(error));
      assert.match(error.message, /own\/m2\/a/);
      return true;
    });
    assert.equal(await gateway.store.revision(), before);
    const [refusal, ...more] = gateway.refusals;
    assert.deepEqual(more, []);
    assert.equal(refusal?.machineID, "m1");
    assert.match(refusal.reason, /own\/m2\/a/);
  });
}

test("a malformed request is refused with the field", async () => {
  const gateway = new Gateway();
  const rows: readonly [call: string, body: string, reason: RegExp][] = [
    ["range", "", /the message/],
    ["range", "[]", /the message/],
    ["range", "{}", /range: prefix/],
    ["range", `{"prefix":"own/m1/","limit":"all"}`, /limit/],
    ["range", `{"prefix":"own/m1/","revision":-1}`, /revision/],
    ["range", `{"prefix":"own/m1/","sort":"key"}`, /sort/],
    ["txn", "{}", /onSuccess/],
    ["txn", `{"onSuccess":[{"put":"own/m1/a"}]}`, /onSuccess\.0/],
    ["txn", `{"onSuccess":[${"0,".repeat(128)}0]}`, /onSuccess: more than 128 in one transaction/],
    ["txn", `{"compare":[${"0,".repeat(128)}0],"onSuccess":[]}`, /compare: more than 128 in one transaction/],
    ["txn", `{"onSuccess":[{"put":"own/m1/a","value":"","lease":"-1"}]}`, /onSuccess\.0/],
    ["txn", `{"onSuccess":[{"put":"own/m1/a","value":"","delete":"own/m2/a"}]}`, /onSuccess\.0/],
    ["txn", `{"compare":[{"key":"own/m1/a"}],"onSuccess":[]}`, /compare\.0/],
    ["watch", `{"prefix":"own/m1/"}`, /from/],
    ["lease/grant", `{"ttlMs":"1"}`, /ttlMs/],
    ["lease/grant", `{"ttlMs":10}`, /ttlMs: 10 is not from 1000/],
    ["lease/grant", `{"ttlMs":1e300}`, /ttlMs/],
    ["lease/grant", `{"ttlMs":10000,"id":"7"}`, /id/],
    ["lease/renew", `{"id":"0"}`, /id/],
    ["lease/renew", `{"id":"12345678901234567890"}`, /id/],
    ["lease/time", `{"id":"1","limitMs":-1}`, /limitMs/],
  ];
  for (const [call, body, reason] of rows) {
    const answer = await gateway.raw(call, body);
    assert.equal(answer.status, 400, body);
    assert.match(answer.reason, reason, body);
  }
  assert.equal((await gateway.raw("everything", "{}")).status, 404);
  assert.equal(await gateway.store.revision(), 1);
});

test("a lease of another machine cannot be used in any way", async () => {
  const gateway = new Gateway();
  const [mine, other] = [gateway.connect("m1"), gateway.connect("m2")];
  const lease = await other.grant(10_000);
  await other.txn({ onSuccess: [{ put: "own/m2/a", value: "", lease: lease.id }] });
  const put: Txn = { onSuccess: [{ put: own("a"), value: "", lease: lease.id }] };
  const uses: readonly (() => Promise<unknown>)[] = [
    () => mine.txn(put),
    () => mine.resume(lease.id, 1),
    () => mine.leaseTime(lease.id),
  ];
  for (const use of uses) await assert.rejects(use(), StoreRefusedError);
  assert.equal((await gateway.raw("lease/revoke", JSON.stringify({ id: lease.id }))).status, 403);
  assert.deepEqual(
    gateway.refusals.map(({ machineID }) => machineID),
    ["m1", "m1", "m1", "m1"],
  );
  await gateway.clock.advance(30_000);
  assert.equal(lease.lost.aborted, false);
  assert.equal((await gateway.store.range({ prefix: "own/" })).count, 1);
  gateway.close();
});

test("a machine uses its lease in its next session, with another server too", async () => {
  const gateway = new Gateway();
  const store = gateway.connect("m1");
  const lease = await store.grant(10_000);
  await store.txn({ onSuccess: [{ put: own("a"), value: "", lease: lease.id }] });
  gateway.servers[0]?.stop("upgrade");
  await store.txn({ onSuccess: [{ put: own("b"), value: "", lease: lease.id }] });
  await gateway.clock.advance(30_000);
  assert.equal(lease.lost.aborted, false);
  assert.equal((await store.leaseTime(lease.id))?.ttlMs, 10_000);
  await lease.revoke();
  assert.equal((await gateway.store.range({ prefix: "own/" })).count, 0);
});

test("a put under a lease that has ended says so", async () => {
  const store = new Gateway().connect("m1");
  await assert.rejects(store.txn({ onSuccess: [{ put: own("a"), value: "", lease: "77" }] }), LeaseLostError);
});

test("a machine has a bounded number of leases, over all its sessions", async () => {
  const gateway = new Gateway({ limits: { leases: 3 } });
  for (let count = 0; count < 3; count += 1) (await gateway.connect("m1").grant(10_000)).release();
  await assert.rejects(gateway.connect("m1").grant(10_000), /has 3 leases, the maximum/);
  await gateway.connect("m2").grant(10_000);
  await gateway.clock.advance(10_001);
  const leases = await Promise.allSettled(Array.from({ length: 10 }, () => gateway.connect("m1").grant(10_000)));
  assert.equal(leases.filter(({ status }) => status === "fulfilled").length, 3);
  for (const lease of leases) if (lease.status === "fulfilled") await lease.value.revoke();
  await gateway.connect("m1").grant(10_000);
  gateway.close();
});

test("grants that the store does not answer use up none of a machine's leases", async () => {
  const store = new MemoryStore({ clock: new ManualClock() }).connect();
  const ids: (string | undefined)[] = [];
  const leases: LeaseCalls = {
    grantLease: async (id, ttlMs) => {
      ids.push(id);
      // The store has granted the first one, but its answer is lost.
      const granted = ids.length === 1 || ids.length > 8 ? await store.grantLease(id, ttlMs) : undefined;
      if (ids.length <= 8 || granted === undefined) throw new StoreUnavailableError("the store is away");
      return granted;
    },
    renewLease: (id) => store.renewLease(id),
    revokeLease: (id) => store.revokeLease(id),
    readLease: (id) => store.readLease(id),
  };
  const gateway = new Gateway({ limits: { leases: 3 }, leases });
  const agent = gateway.connect("m1");
  for (let tried = 0; tried < 8; tried += 1) await assert.rejects(agent.grant(10_000), StoreUnavailableError);
  const granted = await Promise.all(Array.from({ length: 3 }, () => agent.grant(10_000)));
  assert.equal(new Set(granted.map(({ id }) => id)).size, 3);
  assert.equal(new Set(ids).size, 3);
  await assert.rejects(agent.grant(10_000), /has 3 leases, the maximum/);
  for (const lease of granted) lease.release();
});

test("a session has a bounded number of watches", async () => {
  const gateway = new Gateway({ limits: { watches: 2 } });
  const store = gateway.connect("m1");
  const watches = Array.from({ length: 3 }, () => new WatchRecorder(store, { prefix: own(""), from: 2 }));
  await gateway.clock.advance(10);
  assert.equal(watches.filter(({ error }) => error instanceof StoreRefusedError).length, 1);
  for (const watch of watches) await watch.stop();
  await gateway.clock.advance(10);
  const again = new WatchRecorder(store, { prefix: own(""), from: 2 });
  await gateway.clock.advance(10);
  assert.equal(again.error, undefined);
  await again.stop();
});

test("writes of many agents share transactions, and one that fails does not affect the others", async () => {
  const gateway = new Gateway();
  const before = await gateway.store.revision();
  const agents = Array.from({ length: 40 }, (_, index) => `m${index}`);
  const results = await Promise.all(
    agents.map((machine, index) => {
      const key = `own/${machine}/a`;
      const compare = [{ key, modRevision: index === 20 ? 7 : 0 }];
      return gateway.connect(machine).txn({ compare, onSuccess: [{ put: key, value: "" }] });
    }),
  );
  assert.deepEqual(
    results.flatMap(({ succeeded }, index) => (succeeded ? [] : [index])),
    [20],
  );
  assert.equal((await gateway.store.range({ prefix: "own/" })).count, 39);
  const rest = agents.map((machine) =>
    gateway.connect(machine).txn({ onSuccess: [{ put: `own/${machine}/b`, value: "" }] }),
  );
  const middle = await gateway.store.revision();
  await Promise.all(rest);
  assert.ok(
    (await gateway.store.revision()) - middle <= 3,
    "the first, the one that had failed, and the others together",
  );
  assert.ok(middle > before);
});

test("a page has a bounded size, and its pages together have everything", async () => {
  const gateway = new Gateway({ limits: { pageEntries: 5, pageText: 100 } });
  const names = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
  const value = (name: string): string => name.repeat(name === "4" ? 200 : 20);
  await gateway.store.txn({ onSuccess: names.map((name) => ({ put: own(name), value: value(name) })) });
  const store = gateway.connect("m1");
  const sizes: number[] = [];
  let page = await store.range({ prefix: own(""), limit: 1_000 });
  const values = page.entries.map((entry) => entry.value);
  for (sizes.push(values.length); page.more; sizes.push(page.entries.length)) {
    page = await store.range({ prefix: own(""), revision: page.revision, after: page.entries.at(-1)?.key ?? "" });
    values.push(...page.entries.map((entry) => entry.value));
  }
  assert.deepEqual(values, names.map(value));
  assert.deepEqual(sizes, [3, 1, 3, 2]);
});

test("a transaction has a bounded size", async () => {
  const gateway = new Gateway({ limits: { txnText: 1_000 } });
  const put = { put: own("a"), value: "x".repeat(1_000) };
  await assert.rejects(gateway.connect("m1").txn({ onSuccess: [put] }), /exceeds the limit of 1000/);
  assert.equal(await gateway.store.revision(), 1);
});

test("a machine that writes all the time is refused until its allowance comes back, and others are not", async () => {
  const gateway = new Gateway({ limits: { writtenText: 3_000, writtenTextPerSecond: 100 } });
  const write = (machine: string) =>
    gateway.connect(machine).txn({ onSuccess: [{ put: `own/${machine}/a`, value: "x".repeat(990) }] });
  for (let written = 0; written < 3; written += 1) assert.ok((await write("m1")).succeeded);
  await assert.rejects(write("m1"), (error: Error) => {
    assert.ok(error instanceof StoreRefusedError);
    assert.match(error.message, /writes more than it may/);
    return true;
  });
  assert.ok((await write("m2")).succeeded);
  await gateway.clock.advance(10_000);
  assert.ok((await write("m1")).succeeded);
  await assert.rejects(write("m1"), /writes more than it may/);
});

test("an internal error of a server is loud there, and an outage to the agent", async () => {
  const gateway = new Gateway({
    rightsOf: () => {
      throw new TypeError("x is undefined");
    },
  });
  await assert.rejects(gateway.connect("m1").range({ prefix: own("") }), (error: Error) => {
    assert.ok(error instanceof StoreUnavailableError);
    assert.match(error.message, /internal error of the server/);
    return true;
  });
  assert.deepEqual(
    gateway.lines.map(({ level, fields }) => [level, fields["machine"], fields["error"]]),
    [["error", "m1", "x is undefined"]],
  );
});

test("a server that cannot reach its store says so, and does not log it for each request", async () => {
  const gateway = new Gateway();
  await gateway.store.close();
  await assert.rejects(gateway.connect("m1").revision(), StoreUnavailableError);
  assert.deepEqual(gateway.lines, []);
});

test("a large batch of a watch is split between revisions, never within one", async () => {
  const gateway = new Gateway({ limits: { lineText: 100 } });
  for (let round = 0; round < 10; round += 1) {
    const onSuccess = ["a", "b", "c"].map((name) => ({ put: own(name), value: "x".repeat(20) }));
    await gateway.store.txn({ onSuccess });
  }
  const lines: string[] = [];
  const store = gateway.connect("m1", { after: async ({ kind, text }) => void (kind === "line" && lines.push(text)) });
  const seen = new WatchRecorder(store, { prefix: own(""), from: 1 });
  await gateway.clock.advance(10);
  await seen.stop();
  assert.equal(seen.events.length, 30);
  assert.equal(lines.length, 5);
  for (const { events } of seen.batches) assert.equal(events.length % 3, 0);
});

async function watching(store: Store, request: Parameters<Store["watch"]>[0]): Promise<unknown> {
  const seen = new WatchRecorder(store, request);
  await seen.ended;
  throw seen.error;
}

test("a transaction that is late is not applied, and fails none of those that share its write", async () => {
  const gateway = new Gateway({
    fenceOf: (machineID, { onSuccess }) =>
      onSuccess.some((op) => "put" in op && op.put.endsWith("/record"))
        ? { key: machineID, modRevision: 2 }
        : undefined,
  });
  const { store } = gateway;
  await store.txn({ onSuccess: ["m1", "m2"].map((put) => ({ put, value: "" })) });
  const [m1, m2] = [gateway.connect("m1"), gateway.connect("m2")];
  const put = (machineID: string, key: string): Txn => ({ onSuccess: [{ put: `own/${machineID}/${key}`, value: "" }] });
  assert.ok((await m1.txn(put("m1", "record"))).succeeded);
  await store.txn({ onSuccess: [{ delete: "m1" }] });
  const taken: Txn = { ...put("m2", "record"), compare: [{ key: "own/m2/other", modRevision: 7 }] };
  const outcomes = await Promise.allSettled([
    m2.txn(put("m2", "first")),
    m1.txn(put("m1", "record")),
    m1.txn(put("m1", "state")),
    m2.txn(put("m2", "record")),
    m2.txn(taken),
  ]);
  const shown = outcomes.map((outcome) =>
    outcome.status === "fulfilled" ? outcome.value.succeeded : (outcome.reason as Error),
  );
  const late = shown[1];
  assert.ok(late instanceof StoreUnavailableError && /m1 may not write any more/.test(late.message), String(late));
  assert.deepEqual(shown.toSpliced(1, 1), [true, true, true, false], "only the compare of the machine itself fails");
  const [record] = (await store.range({ prefix: "own/m1/record", exact: true })).entries;
  assert.equal(record?.modRevision, 3);
});
