import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreMoves } from "@flotilla/registry";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { StoreUnavailableError } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";
import { untilMoving, untilUsable } from "./usable-store.ts";

function lab() {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock }).connect();
  const options = { store, machineID: "m1", clock, random: () => 0.5, log: silentLogger };
  const waits: string[] = [];
  const stop = new AbortController();
  const wait = () => untilUsable(options, (reason) => waits.push(reason), stop.signal);
  return { clock, store, options, waits, stop, wait, moves: new StoreMoves(store) };
}

test("a store without a move is used at once", async () => {
  const { wait, waits } = lab();
  assert.equal(await wait(), undefined);
  assert.deepEqual(waits, []);
});

test("a server waits while another machine copies the store, and goes on when the move was given up", async () => {
  const { clock, wait, waits, moves } = lab();
  await moves.leave("m2", "etcd=http://e:2379");
  const waiting = wait();
  await clock.advance(1_000);
  assert.match(waits[0] ?? "", /^machine m2 is moving the cluster to etcd=http:\/\/e:2379;/);
  await moves.stay();
  await clock.advance(1_000);
  assert.equal(await waiting, undefined);
});

test("a machine that died while it copied the store takes the move back", async () => {
  const { wait, moves } = lab();
  await moves.leave("m1", "o");
  assert.equal(await wait(), undefined);
  assert.equal(await moves.read(), undefined);
});

test("the machine that moved the cluster follows; another one waits and names the store to configure", async () => {
  const { wait, waits, moves, options, stop, clock } = lab();
  await moves.goAway("m1", "embedded=/a");
  assert.equal((await wait())?.other, "embedded=/a");
  const other = untilUsable({ ...options, machineID: "m2" }, (reason) => waits.push(reason), stop.signal);
  await clock.advance(3_000);
  assert.match(waits.at(-1) ?? "", /^the cluster has moved to embedded=\/a; set that store/);
  stop.abort(new Error("over"));
  await assert.rejects(other, /over/);
});

test("a copy that is not in use yet is not used", async () => {
  const { wait, waits, moves, stop, clock } = lab();
  await moves.arrive("m1", "embedded=/a");
  const waiting = wait();
  await clock.advance(3_000);
  assert.match(waits[0] ?? "", /a copy of embedded=\/a that is not in use yet/);
  stop.abort(new Error("over"));
  await assert.rejects(waiting, /over/);
});

test("a server notices that its store begins to move, also after a failed watch", async () => {
  const { options, moves, stop, clock, store } = lab();
  let [told, failures] = [0, 0];
  const range = store.range.bind(store);
  store.range = (request, signal) => {
    if (failures++ === 0) return Promise.reject(new StoreUnavailableError("lost"));
    return range(request, signal);
  };
  const watching = untilMoving(options, () => (told += 1), stop.signal);
  await clock.advance(1_000);
  await moves.leave("m2", "o");
  await watching;
  assert.equal(told, 1);
});
