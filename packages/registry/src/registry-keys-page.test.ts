import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { keys, parseKey } from "./keys.ts";
import { mirrorRecord } from "./mirror-records.ts";
import {
  apiTokenRecord,
  assignmentRecord,
  authorityRecord,
  identityRecord,
  joinTokenRecord,
  leaderRecord,
  machineRecord,
  memberRecord,
  rotationRecord,
  serverRecord,
  stateRecord,
  tokenUseRecord,
  storeMoveRecord,
  unitRecord,
} from "./records.ts";
import { MACHINE_RIGHTS } from "./rights.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../../docs/registry-keys.md"), "utf8");
const [TABLE = ""] = PAGE.split("\n## ");

/** The cell "value" of each key's row. */
const rows = new Map(
  [...TABLE.matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm)].map(([, key = "", value = ""]) => [key, value]),
);

test("docs/registry-keys.md has each key of the layout, and no other", () => {
  const made = Object.values(keys).map((key) => (typeof key === "string" ? key : key("<1>", "<2>")));
  const wanted = made.filter((key) => !key.endsWith("/"));
  assert.deepEqual(new Set([...rows.keys()].map(withoutNames)), new Set(wanted.map(withoutNames)));
});

for (const [key, { shape }] of [
  ["unit/<name>", unitRecord],
  ["assignment/<machine ID>/<name>", assignmentRecord],
  ["mirror/<machine ID>/<name>", mirrorRecord],
  ["machine/<machine ID>", machineRecord],
  ["member/<machine ID>", memberRecord],
  ["server/<machine ID>", serverRecord],
  ["rotation/<machine ID>", rotationRecord],
  ["state/<machine ID>/<name>", stateRecord],
  ["engine/leader", leaderRecord],
  ["token/<token ID>", { shape: { ...apiTokenRecord.shape, ...joinTokenRecord.shape } }],
  ["token-use/<token ID>", tokenUseRecord],
  ["identity/ca", authorityRecord],
  ["identity/cluster", identityRecord],
  ["store/move", storeMoveRecord],
] as const)
  test(`docs/registry-keys.md has each field of ${key}`, () => {
    const named = [...(rows.get(key) ?? "").matchAll(/`(\w+)`/g)].map(([, field]) => field);
    assert.deepEqual(named, Object.keys(shape));
  });

test("docs/registry-keys.md says what an agent may do with each kind of key", () => {
  const columns = [...TABLE.matchAll(/^\| `([^`]+)` \|.* \| ([^|]+) \|$/gm)].map(([, key = "", may = ""]) => [
    key,
    may,
  ]);
  for (const [key = "", may = ""] of columns) {
    const example = key
      .replace("<digest>", "0".repeat(64))
      .replace("<machine ID>", "m1")
      .replace("<token ID>", "abcdefghi0")
      .replace("<number>", "1")
      .replace("<name>", "a.service");
    const kind = parseKey(example)?.kind;
    assert.ok(kind, key);
    const { read, write } = MACHINE_RIGHTS[kind];
    const words = [read && "read", write && "write"].filter((word) => word !== undefined);
    assert.equal(may.replace(", by exact digest", ""), words.join(", ") || "–", key);
  }
});

function withoutNames(key: string): string {
  return key.replaceAll(/<[^>]*>/g, "<>");
}
