import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually, WatchRecorder } from "../contract/index.ts";
import { EtcdFixture } from "../etcd/etcd.fixture.ts";
import { keyOf, type Store } from "../port/index.ts";
import { StoreUnavailableError } from "../port/store-error.ts";
import { RemoteFixture, type RemoteServer } from "./remote.fixture.ts";

const EVENTS = 2_000;

// In parallel, because the tests mostly wait for lost servers.
describe("two servers of one etcd", { concurrency: true }, () => {
  test("a watch delivers each change once, though servers are cut off, stop and come back", async () => {
    await using lab = await start();
    const { etcd, remote, first, second } = lab;
    const writer = etcd.direct();
    const seen = new WatchRecorder(await remote.connect(), { prefix: "e/", from: 1 });
    const disturb: Readonly<Record<number, () => unknown>> = {
      200: () => first.proxy.cut(),
      400: () => (first.proxy.mode = "black-hole"),
      800: () => (first.proxy.mode = "pass"),
      1_000: () => second.proxy.cut(),
      1_200: () => second.link.link.cut("m1", "cut"),
      1_400: async () => {
        await eventually(etcd, "all so far", () => seen.events.length >= 1_400, 15_000);
        await etcd.compact(await writer.revision());
      },
      1_600: () => second.link.close(),
    };
    for (let written = 0; written < EVENTS; written += 100) {
      const names = Array.from({ length: 100 }, (_, index) => `e/${written + index}`);
      await Promise.all([...names.map((put) => writer.txn({ onSuccess: [{ put, value: "" }] })), disturb[written]?.()]);
      if (written === 400) await eventually(etcd, "the second server", () => seen.events.length >= 500, 15_000);
    }
    await eventually(etcd, "every event", () => seen.events.length >= EVENTS, 20_000);
    await seen.stop();
    assert.equal(seen.events.length, EVENTS);
    assert.equal(new Set(seen.events.map(keyOf)).size, EVENTS);
    let before = 0;
    for (const { events, revision } of seen.batches)
      for (const event of events) {
        const at = event.type === "put" ? event.entry.modRevision : event.modRevision;
        assert.ok(at > before && at <= revision);
        before = at;
      }
  });

  test("a transaction whose session is cut takes effect at most once, and its caller learns that it may have", async () => {
    await using lab = await start();
    const { etcd, remote, first, second } = lab;
    const direct = etcd.direct();
    const store = await remote.connect();
    let [counted, unknown] = [0, 0];
    const count = async (): Promise<void> => {
      const [entry] = (await store.range({ prefix: "n", exact: true })).entries;
      const put = { put: "n", value: String(Number(entry?.value ?? 0) + 1) };
      const compare = [{ key: "n", modRevision: entry?.modRevision ?? 0 }];
      try {
        if ((await store.txn({ compare, onSuccess: [put] })).succeeded) counted += 1;
      } catch (error) {
        assert.ok(error instanceof StoreUnavailableError, String(error));
        unknown += 1;
      }
    };
    for (let round = 0; round < 60; round += 1) {
      const counting = count();
      await etcd.elapse(round % 7);
      if (round % 2 === 0) for (const { proxy } of [first, second]) proxy.cut();
      await counting;
    }
    const stored = Number((await direct.range({ prefix: "n", exact: true })).entries[0]?.value);
    assert.ok(counted > 0 && unknown > 0, `${counted} counted, ${unknown} unknown`);
    assert.ok(stored >= counted && stored <= counted + unknown, `${stored} of ${counted} and ${unknown}`);
  });

  for (const [how, lose] of [
    ["stops", ({ link }: RemoteServer) => link.close()],
    ["is cut off", async ({ proxy }: RemoteServer) => void (proxy.mode = "black-hole")],
  ] as const) {
    test(`a lease and its keys outlive the server when it ${how}`, async () => {
      await using lab = await start();
      const { etcd, remote, first } = lab;
      const store = await remote.connect();
      const lease = await store.grant(12_000);
      await store.txn({ onSuccess: [{ put: "leased", value: "", lease: lease.id }] });
      const losing = lose(first);
      await etcd.elapse(14_000);
      await losing;
      assert.equal(lease.lost.aborted, false);
      assert.equal((await etcd.direct().range({ prefix: "leased" })).count, 1);
      assert.ok(((await store.leaseTime(lease.id))?.leftMs ?? 0) > 4_000);
      await lease.revoke();
    });
  }

  test("a read goes on with the other server within its time limit", async () => {
    await using lab = await start();
    const store = await lab.remote.connect();
    await store.txn({ onSuccess: [{ put: "a", value: "1" }] });
    const reading = Promise.all(Array.from({ length: 50 }, () => store.range({ prefix: "a" })));
    lab.first.proxy.cut();
    await lab.first.link.close();
    assert.ok((await reading).every(({ count }) => count === 1));
  });
});

interface Lab extends AsyncDisposable {
  readonly etcd: EtcdFixture;
  readonly remote: RemoteFixture;
  readonly first: RemoteServer;
  readonly second: RemoteServer;
}

/** Clients prefer the first server. */
async function start(): Promise<Lab> {
  const etcd = await EtcdFixture.start();
  const stores: readonly (Store & ReturnType<EtcdFixture["direct"]>)[] = [etcd.direct(), etcd.direct()];
  const remote = await RemoteFixture.start({ stores, areShared: true, requestTimeoutMs: 10_000 });
  const [first, second] = remote.servers;
  assert.ok(first && second);
  return {
    ...{ etcd, remote, first, second },
    async [Symbol.asyncDispose]() {
      await remote[Symbol.asyncDispose]();
      await etcd.close();
    },
  };
}
