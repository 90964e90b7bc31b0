import assert from "node:assert/strict";
import { after, test } from "node:test";
import { StoreUnavailableError } from "@flotilla/store";
import { EngineLab } from "./fixture/engine-lab.fixture.ts";

const cluster = new EngineLab();
after(() => cluster.close());

test("an observer is notified of each pass, each decision and its outcome", async () => {
  await cluster.join("m1", { zone: "a" });
  const engine = cluster.start("m1");
  await cluster.submit("a.service", "launched");
  await cluster.untilPlaces("a.service m1");
  await cluster.until(() => engine.decided.includes("written place a.service"));
  assert.ok(engine.passes.length > 0 && engine.passes.every(({ failed, durationMs }) => !failed && durationMs >= 0));

  await cluster.submit("b.service", "launched", ["MachineMetadata=zone=b"]);
  await cluster.until(() => engine.decided.includes("refused unplaceable b.service"));

  engine.faults = {
    before: async ({ type }) => {
      if (type === "txn") throw new StoreUnavailableError("gone");
    },
  };
  await cluster.submit("a.service", "loaded");
  await cluster.until(() => engine.passes.some(({ failed }) => failed));
  assert.ok(engine.decided.includes("not-written update a.service"));
  engine.faults = {};
  await cluster.until(() => engine.decided.includes("written update a.service"));
});
