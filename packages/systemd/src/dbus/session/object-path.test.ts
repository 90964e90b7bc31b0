import assert from "node:assert/strict";
import { it } from "node:test";
import { unitObjectPath } from "./object-path.ts";

const cases = [
  ["redis.service", "redis_2eservice"],
  ["1x.service", "_31x_2eservice"],
  ["web@1.service", "web_401_2eservice"],
  ["a-b_c:d\\x2d.timer", "a_2db_5fc_3ad_5cx2d_2etimer"],
] as const;

for (const [name, path] of cases) {
  it(`${name} is ${path}`, () => assert.equal(unitObjectPath(name), `/org/freedesktop/systemd1/unit/${path}`));
}
