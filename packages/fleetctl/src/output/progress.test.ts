import assert from "node:assert/strict";
import { test } from "node:test";
import type { Output } from "../environment.ts";
import { observe } from "../wait/observed-unit.ts";
import { describeProgress } from "../wait/describe-pending.ts";
import { isColored } from "./color.ts";
import { startProgress } from "./progress.ts";

function outputTo(written: string[], isTerminal: boolean): Output {
  const write = (data: string | Uint8Array): boolean => written.push(String(data)) > 0;
  return {
    isTerminal,
    columns: 20,
    write,
    control: write,
    drained: () => Promise.resolve(),
    flushed: () => Promise.resolve(),
  };
}

test("a terminal gets one line that is cleared at the end; a pipe gets nothing", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const written: string[] = [];
  {
    using progress = startProgress(outputTo(written, true), false);
    progress.show("1 of 2 launched; waiting for a.service");
    t.mock.timers.tick(100);
  }
  assert.deepEqual(written, ["\r\u001b[K⠙ ", "1 of 2 launched; ", "\r\u001b[K"]);
  const piped: string[] = [];
  {
    using progress = startProgress(outputTo(piped, false), false);
    progress.show("1 of 2 launched");
    t.mock.timers.tick(1000);
  }
  assert.deepEqual(piped, []);
});

test("colours are for terminals, and NO_COLOR disables them", () => {
  assert.equal(isColored(outputTo([], true), {}), true);
  assert.equal(isColored(outputTo([], true), { NO_COLOR: "" }), true);
  assert.equal(isColored(outputTo([], true), { NO_COLOR: "1" }), false);
  assert.equal(isColored(outputTo([], true), { TERM: "dumb" }), false);
  assert.equal(isColored(outputTo([], false), {}), false);
});

test("the line counts units, and shows the state of the first one", () => {
  const placed = observe("web@2.service", undefined, undefined, 1);
  placed.places.add("m");
  placed.states.set("m", {
    name: "web@2.service",
    machineID: "m",
    hash: "",
    load: "loaded",
    active: "activating",
    sub: "start-pre",
    launched: true,
    restarted: 0,
    gaveUp: false,
    cleared: 0,
    problem: "",
  });
  const unplaced = observe("web@3.service", undefined, undefined, 1);
  assert.equal(
    describeProgress("launched", 5, 3, [placed, unplaced]),
    "3 of 5 launched; waiting for web@2.service (activating, start-pre) and 1 more",
  );
  assert.equal(
    describeProgress("launched", 5, 3, [unplaced]),
    "3 of 5 launched, 1 failed; waiting for web@3.service (not placed yet)",
  );
  assert.equal(describeProgress("launched", 5, 5, []), "");
});
