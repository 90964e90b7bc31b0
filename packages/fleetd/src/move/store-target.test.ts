import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../config/config-error.ts";
import { storeTarget } from "./store-target.ts";

const PATH = "/var/lib/fleet/store.db";
const sources = { file: "/nonexistent", required: false, environment: {} };

for (const [text, name] of [
  ["etcd=http://a:2379,http://b:2379", "etcd=http://a:2379,http://b:2379"],
  ["embedded", `embedded=${PATH}`],
  ["embedded=/srv/a=b.db", "embedded=/srv/a=b.db"],
] as const)
  test(`${text} is a store`, async () => {
    assert.equal((await storeTarget(text, sources, PATH)).name, name);
  });

for (const [text, said] of [
  ["", /not a store/],
  ["etcd", /not a store/],
  ["etcd=", /not a store/],
  ["consul=http://a", /not a store/],
  ["etcd=ftp://a", /etcd_servers.*endpoints such as/],
  ["embedded=store.db", /must be absolute/],
] as const)
  test(`${JSON.stringify(text)} is refused with what to write`, async () => {
    await assert.rejects(storeTarget(text, sources, PATH), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, said);
      return true;
    });
  });

for (const [what, more] of [
  ["FLEET_STORE", { environment: { FLEET_STORE: "embedded" } }],
  ["the command line", { overrides: { etcd_servers: "http://a:2379" } }],
] as const)
  test(`a move is refused while ${what} decides, because it changes fleet.conf`, async () => {
    await assert.rejects(storeTarget("embedded", { ...sources, ...more }, PATH), new RegExp(`${what} sets`));
  });
