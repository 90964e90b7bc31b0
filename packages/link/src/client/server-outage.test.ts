import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import type { LinkClientSession } from "./link-session.ts";
import { ServerOutage } from "./server-outage.ts";

function scene() {
  const clock = new ManualClock();
  const outage = new ServerOutage({ clock, firstMs: 5_000, mostMs: 20_000 });
  const left: string[] = [];
  const open = (server: string): LinkClientSession =>
    ({ server, leave: () => left.push(server) }) as unknown as LinkClientSession;
  /** Notes a status every second. */
  const during = async (seconds: number, session: LinkClientSession, status: number | undefined): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      outage.note(session, status);
      await clock.advance(1_000);
    }
  };
  return { left, open, during };
}

suite("a server that cannot serve", () => {
  for (const status of [503, 504, undefined])
    test(`is left after five seconds of ${status ?? "silence"}`, async () => {
      const { left, open, during } = scene();
      const a = open("a");
      await during(5, a, status);
      assert.deepEqual(left, []);
      await during(1, a, status);
      assert.deepEqual(left, ["a"]);
    });

  test("stays as long as it serves some request, or refuses it", async () => {
    const { left, open, during } = scene();
    const a = open("a");
    for (const served of [200, 403, 409]) {
      await during(4, a, 503);
      await during(1, a, served);
    }
    assert.deepEqual(left, []);
  });

  test("is judged by its own answers only", async () => {
    const { left, open, during } = scene();
    await during(4, open("a"), 503);
    await during(4, open("b"), 503);
    assert.deepEqual(left, []);
  });

  test("is left less and less often while no other server serves either", async () => {
    const { left, open, during } = scene();
    const times: number[] = [];
    let current = open("a");
    for (let second = 0; second < 120; second += 1) {
      const before = left.length;
      await during(1, current, 503);
      if (left.length === before) continue;
      times.push(second);
      current = open("b");
    }
    assert.deepEqual(times, [5, 16, 37, 58, 79, 100]);
  });
});
