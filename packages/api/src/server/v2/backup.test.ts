import assert from "node:assert/strict";
import { test } from "node:test";
import { MACHINE_A, testApi } from "../api.fixture.ts";
import { FILE, OTHER } from "./v2.fixture.ts";

test("a backup has every unit byte for byte, every machine setting, and the names of unreadable units", async (t) => {
  const api = await testApi(t);
  await api.call("PUT", "/fleet/v2/units/b.service", { body: { file: OTHER } });
  await api.call("PUT", "/fleet/v2/units/a.service", { body: { file: FILE, desiredState: "launched" } });
  await api.call("PATCH", `/fleet/v2/machines/${MACHINE_A}/metadata`, {
    body: { set: { disk: "ssd" }, unset: ["old"] },
  });
  await api.put("unit/broken.service", { digest: "none", hash: "h", desired: "launched" });
  const { json } = await api.call("GET", "/fleet/v2/backup");
  assert.deepEqual(json, {
    version: 1,
    units: [
      { name: "a.service", desiredState: "launched", file: FILE },
      { name: "b.service", desiredState: "inactive", file: OTHER },
    ],
    machines: [{ id: MACHINE_A, metadata: { disk: "ssd", old: null } }],
    unreadable: ["broken.service"],
  });
});
