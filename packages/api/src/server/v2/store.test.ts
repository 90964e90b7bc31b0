import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { StoreMoveRefusedError } from "@flotilla/registry";
import { testApi } from "../api.fixture.ts";
import { StoreBackupError, type StoreKeeper } from "../ports.ts";

const keeper: StoreKeeper = {
  report: () => ({ store: "embedded=/store.db" }),
  move: async () => {},
  backup: async () => Readable.from([]),
};

test("the store is named, with the progress of a move", async (t) => {
  const move = { from: "a", to: "b", state: "running", step: "copying", done: 1, of: 2, reason: "" } as const;
  const asked: string[] = [];
  const storeKeeper: StoreKeeper = {
    ...keeper,
    report: () => ({ store: "a", move }),
    move: async (to) => void asked.push(to),
  };
  const api = await testApi(t, { storeKeeper });
  assert.deepEqual((await api.call("GET", "/fleet/v2/store")).json, { store: "a", move });
  const begun = await api.call("POST", "/fleet/v2/store/move", { body: { to: "b" } });
  assert.deepEqual([begun.status, begun.json, asked], [200, { store: "a", move }, ["b"]]);
});

class BadConfigError extends Error {
  readonly code = "bad-config";
}

for (const [what, error, status, id] of [
  ["a refused move", new StoreMoveRefusedError("not empty"), 409, "store-move-refused"],
  ["a store that does not exist", new BadConfigError("not a store"), 400, "bad-request"],
] as const)
  test(`${what} is answered with ${status} and the reason`, async (t) => {
    const api = await testApi(t, { storeKeeper: { ...keeper, move: () => Promise.reject(error) } });
    const answer = await api.call("POST", "/fleet/v2/store/move", { body: { to: "x" } });
    assert.equal(answer.status, status);
    const { message } = error;
    assert.deepEqual(answer.json, { error: { code: status, id, message } });
  });

test("a move without a target is refused", async (t) => {
  const api = await testApi(t);
  for (const body of [{}, { to: 5 }, []])
    assert.equal((await api.call("POST", "/fleet/v2/store/move", { body })).status, 400, JSON.stringify(body));
});

test("a copy of the database is streamed as it is; without a database, the answer says what to do", async (t) => {
  const bytes = Buffer.from("SQLite format 3\0");
  const api = await testApi(t, { storeKeeper: { ...keeper, backup: async () => Readable.from([bytes, bytes]) } });
  const { status, headers, text } = await api.call("GET", "/fleet/v2/store/backup");
  assert.deepEqual([status, headers["content-type"]], [200, "application/vnd.sqlite3"]);
  assert.equal(text, bytes.toString().repeat(2));
  const backup = () => Promise.reject(new StoreBackupError("use etcdctl"));
  const none = await testApi(t, { storeKeeper: { ...keeper, backup } });
  const answer = await none.call("GET", "/fleet/v2/store/backup");
  assert.equal(answer.status, 409);
  assert.deepEqual(answer.json, { error: { code: 409, id: "no-store-backup", message: "use etcdctl" } });
});
