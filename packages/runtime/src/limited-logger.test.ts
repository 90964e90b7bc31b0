import assert from "node:assert/strict";
import { test } from "node:test";
import { limitedLogger } from "./limited-logger.ts";
import { type LogFields, type Logger, silentLogger } from "./logger.ts";
import { ManualClock } from "./manual-clock.ts";

function recording(): { readonly log: Logger; readonly lines: (readonly [string, LogFields])[] } {
  const lines: (readonly [string, LogFields])[] = [];
  const take = (message: string, fields: LogFields = {}): void => void lines.push([message, fields]);
  const log: Logger = { ...silentLogger, info: take, warn: take, error: take, child: () => log };
  return { log, lines };
}

test("a message about one machine is written some times in a minute, and then with the number of lines that were not", async () => {
  const { log, lines } = recording();
  const clock = new ManualClock();
  const limited = limitedLogger(log, clock, 2);
  for (let line = 0; line < 5; line += 1) limited.warn("failed", { machine: "m1" });
  limited.child({ part: "x" }).error("failed", { machine: "m1" });
  limited.error("failed", { machine: "m2" });
  limited.warn("other", { machine: "m1" });
  for (let line = 0; line < 5; line += 1) limited.info("told");
  assert.deepEqual(lines.splice(0), [
    ["failed", { machine: "m1" }],
    ["failed", { machine: "m1" }],
    ["failed", { machine: "m2" }],
    ["other", { machine: "m1" }],
    ...Array.from({ length: 5 }, () => ["told", {}] as const),
  ]);
  await clock.advance(60_000);
  limited.warn("failed", { machine: "m1" });
  assert.deepEqual(lines, [["failed", { machine: "m1", unwritten: 4 }]]);
});

test("very many machines neither fill the log nor the memory", async () => {
  const { log, lines } = recording();
  const clock = new ManualClock();
  const limited = limitedLogger(log, clock, 2);
  for (let machine = 0; machine < 5_000; machine += 1) limited.warn("failed", { machine: `m${machine}` });
  assert.equal(lines.splice(0).length, 1_000);
  await clock.advance(60_000);
  limited.warn("failed", { machine: "new" });
  assert.equal(lines.length, 1);
});
