import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@flotilla/runtime";
import type { WatchEvent } from "@flotilla/store";
import { digestText } from "@flotilla/unit";
import { ClusterReplica } from "./cluster-replica.ts";

const FILE = "[Service]\nLoadCredential=a:/run/fleet/secrets.sock\nLoadCredential=b:/run/fleet/secrets.sock\n";
const OTHER = "[Service]\nExecStart=/bin/true\n";

function put(key: string, value: unknown, revision: number): WatchEvent {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return { type: "put", entry: { key, value: text, createRevision: 1, modRevision: revision } };
}

const secret = (name: string, revision: number): WatchEvent =>
  put(
    `secret/${name}`,
    { number: revision, version: 2, size: 5, createdAt: 1, updatedAt: 2, keyID: "k", digest: "", sealed: "" },
    revision,
  );

const unit = (name: string, text: string, revision: number): WatchEvent[] => [
  put(`file/${digestText(text)}`, text, revision),
  put(`unit/${name}`, { digest: digestText(text), hash: "h", desired: "launched" }, revision),
];

/** A cluster with a unit that names the secrets a and b, and one that names none. */
function replicaWithUnits(): { readonly replica: ClusterReplica; readonly newest: () => number | undefined } {
  const replica = new ClusterReplica(silentLogger);
  replica.apply([...unit("web.service", FILE, 2), ...unit("other.service", OTHER, 2)], 2);
  return { replica, newest: () => replica.view.units.get("web.service")?.secrets };
}

test("a unit has the highest number of its secrets, whichever is written first", () => {
  const { replica, newest } = replicaWithUnits();
  assert.equal(newest(), 0);
  replica.apply([secret("a", 3), secret("b", 4)], 4);
  assert.equal(newest(), 4);
  const late = new ClusterReplica(silentLogger);
  late.apply([secret("a", 3), ...unit("web.service", FILE, 5)], 5);
  assert.equal(late.view.units.get("web.service")?.secrets, 3);
});

test("a new version changes the units that name the secret, and nothing else", () => {
  const { replica, newest } = replicaWithUnits();
  const frozen = replica.view.freeze();
  const changes = replica.apply([secret("a", 3), secret("c", 3)], 3);
  assert.deepEqual(
    changes.map((change) => change.kind === "unit" && [change.unit, change.revision]),
    [["web.service", 3]],
  );
  assert.deepEqual([newest(), replica.view.units.get("web.service")?.revision], [3, 2]);
  assert.equal(replica.view.units.get("other.service")?.secrets, 0);
  assert.deepEqual([frozen.secrets.size, frozen.units.get("web.service")?.secrets], [0, 0]);
});

test("a deletion lowers the number, and a unit that no longer names a secret is not changed by it", () => {
  const { replica, newest } = replicaWithUnits();
  replica.apply([secret("a", 3), secret("b", 4)], 4);
  replica.apply([{ type: "delete", key: "secret/b", modRevision: 5 }], 5);
  assert.deepEqual([newest(), [...replica.view.secrets.keys()]], [3, ["a"]]);
  replica.apply(unit("web.service", OTHER, 6), 6);
  assert.deepEqual([newest(), replica.apply([secret("a", 7)], 7)], [0, []]);
});

test("a secret is known without its value, and an unreadable record counts as absent", () => {
  const { replica, newest } = replicaWithUnits();
  replica.apply([secret("a", 3), put("secret/b", "{", 4)], 4);
  assert.deepEqual(
    [...replica.view.secrets.values()],
    [{ name: "a", number: 3, version: 2, size: 5, createdAt: 1, updatedAt: 2, keyID: "k" }],
  );
  assert.equal(newest(), 3);
  assert.ok(replica.view.unreadableKeys.has("secret/b"));
});
