import assert from "node:assert/strict";
import { test } from "node:test";
import { open, testApi, until } from "./api.fixture.ts";

test("the observer gets each request's route at its beginning, and its status at its end", async (t) => {
  const told: string[] = [];
  const api = await testApi(t, {
    onRequest: (method, route) => {
      told.push(`${method} ${route}`);
      return (status) => told.push(`${status} ${route}`);
    },
  });
  await api.call("GET", "/fleet/v2/units/no.service");
  await api.call("GET", "/nothing/here");
  await until(() => told.length === 4);
  assert.deepEqual(told, ["GET /fleet/v2/units/:name", "404 /fleet/v2/units/:name", "GET unknown", "404 unknown"]);

  const stream = await open(api.tcp, { method: "GET", path: "/fleet/v2/watch", agent: false });
  assert.deepEqual(told.slice(4), ["GET /fleet/v2/watch"]);
  stream.destroy();
  await until(() => told.at(-1) === "200 /fleet/v2/watch");
});
