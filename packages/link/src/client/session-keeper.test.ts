import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { LinkRefusedError, LinkUnavailableError } from "../port/link-error.ts";
import { LINK_CLIENT_LIMITS } from "./client-limits.ts";
import type { LinkClientSession } from "./link-session.ts";
import { SessionKeeper } from "./session-keeper.ts";

const HOUR_MS = 3_600_000;

/** A keeper with three servers; `behaviour` decides on each attempt. */
function start(behaviour: (host: string) => "open" | Error, random = 0) {
  const clock = new ManualClock();
  const attempts: { readonly host: string; readonly at: number; readonly limitMs: number }[] = [];
  const sessions: { readonly end: (reason: string) => void }[] = [];
  const refusals: LinkRefusedError[] = [];
  const keeper: SessionKeeper = new SessionKeeper({
    onRefused: (error) => {
      refusals.push(error);
      if (error.refusal === "removed") keeper.close();
    },
    servers: ["a", "b", "c"].map((host) => ({ host, port: 1 })),
    clock,
    random: () => random,
    log: silentLogger,
    limits: LINK_CLIENT_LIMITS,
    open: async ({ host }, limitMs) => {
      attempts.push({ host, at: clock.monotonic(), limitMs });
      const result = behaviour(host);
      if (result !== "open") throw result;
      const left = Promise.withResolvers<string>();
      let isOpen = true;
      const leave = (reason: string): void => {
        isOpen = false;
        left.resolve(reason);
      };
      const session = { server: `${host}:1`, left: left.promise, leave, end: leave, isOpen: true };
      Object.defineProperty(session, "isOpen", { get: () => isOpen });
      sessions.push(session);
      return session as unknown as LinkClientSession;
    },
  });
  return { keeper, clock, attempts, sessions, refusals, hosts: () => attempts.map(({ host }) => host).join("") };
}

const down = (): Error => new LinkUnavailableError("down");

suite("a keeper of the session", () => {
  test("begins with a server by chance", async () => {
    for (const [random, first] of [
      [0, "a"],
      [0.5, "b"],
      [0.99, "c"],
    ] as const) {
      const { clock, hosts } = start(() => "open", random);
      await clock.advance(0);
      assert.equal(hosts(), first);
    }
  });

  test("goes over to the next server at once, and pauses longer after each round", async () => {
    const { clock, attempts, hosts } = start(down, 0.999);
    await clock.advance(HOUR_MS);
    assert.match(hosts(), /^cabcabcab/);
    const rounds = attempts.filter((_, index) => index % 3 === 0).map(({ at }) => at);
    const pauses = rounds.slice(1).map((at, index) => at - (rounds[index] ?? 0));
    assert.ok(pauses[0] !== undefined && pauses[0] < 200);
    for (const [index, pause] of pauses.slice(1).entries()) assert.ok(pause >= (pauses[index] ?? 0) - 1);
    const last = pauses.at(-1) ?? 0;
    assert.ok(last > 14_000 && last <= 15_000, `${last}`);
    assert.equal(attempts[0]?.limitMs, 4_000);
    assert.equal(attempts.at(-1)?.limitMs, 15_000);
  });

  test("gives a session that ends soon no advantage over a failure", async () => {
    const { clock, attempts, sessions } = start(() => "open", 0.999);
    for (let times = 0; times < 600; times += 1) {
      await clock.advance(100);
      sessions.at(-1)?.end("cut");
    }
    assert.ok(attempts.length < 100, `${attempts.length} sessions in a minute`);
  });

  test("goes over at once after a long session, and stays with its server to reconnect", async () => {
    const { clock, keeper, sessions, hosts } = start(() => "open");
    await clock.advance(10_000);
    keeper.reconnect("renewed");
    await clock.advance(0);
    assert.equal(hosts(), "aa");
    await clock.advance(10_000);
    sessions.at(-1)?.end("cut");
    await clock.advance(0);
    assert.equal(hosts(), "aab");
  });

  test("tells a refusal to those who wait, and asks again slowly", async () => {
    let isMember = false;
    const refusal = new LinkRefusedError("b:1", "removed");
    const { clock, keeper, attempts, refusals } = start(
      (host) => (isMember ? "open" : host === "b" ? refusal : down()),
      0.999,
    );
    const { signal } = new AbortController();
    const waiting = assert.rejects(keeper.session(signal), refusal);
    await clock.advance(10);
    await waiting;
    await assert.rejects(keeper.session(signal), refusal);
    await clock.advance(HOUR_MS);
    assert.ok(attempts.length < 3 * 70, `${attempts.length} attempts in an hour`);
    assert.equal(refusals.length, Math.floor(attempts.length / 3));
    assert.ok(refusals.every((each) => each === refusal));
    isMember = true;
    await clock.advance(60_000);
    assert.equal((await keeper.session(signal)).server, keeper.current?.server);
  });

  test("tells the refusal that has a code, whatever the other servers say", async () => {
    const removed = new LinkRefusedError("b:1", "machine m1 was removed", "removed");
    const { clock, refusals } = start((host) =>
      host === "b" ? removed : new LinkRefusedError(`${host}:1`, "not a member"),
    );
    await clock.advance(10);
    assert.deepEqual(refusals, [removed]);
  });

  test("asks no more after a refusal upon which it was closed", async () => {
    const { keeper, clock, attempts, refusals } = start(() => new LinkRefusedError("b:1", "was removed", "removed"));
    const waiting = assert.rejects(keeper.session(new AbortController().signal), LinkRefusedError);
    await clock.advance(HOUR_MS);
    await waiting;
    assert.deepEqual([attempts.length, refusals.length], [3, 1]);
    await assert.rejects(keeper.session(new AbortController().signal), LinkRefusedError);
  });

  test("opens nothing after its end", async () => {
    const { clock, keeper, attempts } = start(down);
    await clock.advance(10);
    keeper.close();
    const before = attempts.length;
    await clock.advance(HOUR_MS);
    assert.equal(attempts.length, before);
    await assert.rejects(keeper.session(new AbortController().signal), /closed/);
  });
});
