import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import type { LinkCall, LinkHandler } from "../port/link-call.ts";
import { LinkAnswerError, LinkCallEndedError, LinkRefusedError, LinkUnavailableError } from "../port/link-error.ts";
import type { Link } from "../port/link.ts";
import type { LinkHooks } from "./hooks.ts";
import { openMemoryLink } from "./memory-link.ts";
import { MemoryLinkServer } from "./memory-link-server.ts";

const limit = { limitMs: 1_000 };

function serverOf(handlers: Readonly<Record<string, LinkHandler>>, clock = new ManualClock(), name = "a") {
  return new MemoryLinkServer({ name, clock, routes: new Map(Object.entries(handlers)) });
}

function linkTo(servers: readonly MemoryLinkServer[], clock = new ManualClock(), hooks: LinkHooks = {}) {
  return openMemoryLink({ machineID: "m1", servers, clock, hooks });
}

async function echo(call: LinkCall): Promise<void> {
  call.answer(200, `${call.machineID} ${call.path} ${await call.body()}`);
}

/** Sends lines until the call ends; `sent` counts them. */
function counter(): { readonly handler: LinkHandler; readonly sent: () => number; readonly ended: () => unknown } {
  let [sent, ended]: [number, unknown] = [0, undefined];
  const handler: LinkHandler = async (call) => {
    try {
      for (;;) {
        await call.line(`${sent}`);
        sent += 1;
      }
    } catch (error) {
      ended = error;
      throw error;
    }
  };
  return { handler, sent: () => sent, ended: () => ended };
}

async function take(link: Link, path: string, count: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of link.lines(path, "", new AbortController().signal)) {
    lines.push(line);
    if (lines.length === count) break;
  }
  return lines;
}

suite("a link in memory", () => {
  test("carries requests to the handler with the longest prefix", async () => {
    const link = linkTo([serverOf({ "/a/": echo, "/a/b": async (call) => call.answer(201, "b") })]);
    assert.deepEqual(await link.request("/a/x", "body", limit), { status: 200, body: "m1 /a/x body" });
    assert.deepEqual(await link.request("/a/b", "", limit), { status: 201, body: "b" });
    assert.equal((await link.request("/c", "", limit)).status, 404);
  });

  test("answers for a handler that throws", async () => {
    const refuse: LinkHandler = async () => {
      throw LinkAnswerError.because(403, "not yours");
    };
    const fail: LinkHandler = async () => {
      throw new TypeError("a bug");
    };
    const link = linkTo([serverOf({ "/refuse": refuse, "/fail": fail, "/silent": async () => {} })]);
    assert.deepEqual(await link.request("/refuse", "", limit), { status: 403, body: '{"reason":"not yours"}' });
    assert.equal((await link.request("/fail", "", limit)).status, 500);
    assert.equal((await link.request("/silent", "", limit)).status, 500);
    await assert.rejects(take(link, "/refuse", 1), (error: LinkAnswerError) => error.status === 403);
  });

  test("yields lines, and stops a sender that is ahead of its reader", async () => {
    const clock = new ManualClock();
    const { handler, sent, ended } = counter();
    const server = serverOf({ "/count": handler }, clock);
    const lines = linkTo([server], clock).lines("/count", "", new AbortController().signal)[Symbol.asyncIterator]();
    assert.equal((await lines.next()).value, "0");
    await clock.advance(1_000);
    assert.ok(sent() < 20, `${sent()} lines sent`);
    await clock.advance(10_000);
    assert.ok(ended() instanceof LinkCallEndedError);
    await assert.rejects(lines.next(), LinkUnavailableError);
  });

  test("ends the call when the reader leaves, and when its signal aborts", async () => {
    const { handler, ended } = counter();
    const clock = new ManualClock();
    const link = linkTo([serverOf({ "/count": handler }, clock)], clock);
    assert.deepEqual(await take(link, "/count", 3), ["0", "1", "2"]);
    await clock.advance(1);
    assert.ok(ended() instanceof LinkCallEndedError);

    const abort = new AbortController();
    const pending = linkTo([serverOf({ "/quiet": () => new Promise(() => {}) })]).lines("/quiet", "", abort.signal);
    const next = pending[Symbol.asyncIterator]().next();
    abort.abort(new LinkUnavailableError("enough"));
    await assert.rejects(next, /enough/);
  });

  test("rejects at the time limit of a request, and the handler learns of it", async () => {
    const clock = new ManualClock();
    const ended = Promise.withResolvers<unknown>();
    const hang: LinkHandler = async ({ signal }) => {
      signal.addEventListener("abort", () => ended.resolve(signal.reason));
      await ended.promise;
    };
    const request = linkTo([serverOf({ "/": hang }, clock)], clock).request("/", "", limit);
    const rejected = assert.rejects(request, /no answer to \/ within 1000 ms/);
    await clock.advance(1_000);
    await rejected;
    assert.ok((await ended.promise) instanceof LinkCallEndedError);
  });

  test("fails over to the next server, never repeating what the first may have got", async () => {
    const calls: string[] = [];
    const named = (name: string) => {
      const handler: LinkHandler = (call) => {
        calls.push(name);
        return echo(call);
      };
      return serverOf({ "/": handler }, new ManualClock(), name);
    };
    const [a, b] = [named("a"), named("b")];
    const link = linkTo([a, b], new ManualClock(), {
      after: async () => {
        if (calls.length === 1) throw new LinkUnavailableError("cut");
      },
    });
    await assert.rejects(link.request("/", "", limit), /cut/);
    assert.deepEqual(calls, ["a"]);
    a.stop("upgrade");
    await link.request("/", "", limit);
    b.stop("upgrade");
    await assert.rejects(link.request("/", "", limit), LinkUnavailableError);
    a.start();
    await link.request("/", "", limit);
    assert.deepEqual(calls, ["a", "b", "a"]);
  });

  test("cuts a machine's session with the reason, and refuses the next one", async () => {
    let isMember = true;
    const { handler, ended } = counter();
    const server = new MemoryLinkServer({
      name: "a",
      clock: new ManualClock(),
      routes: new Map([["/", handler]]),
      admit: (machineID) => (isMember ? { machineID } : { refused: "machine m1 was removed" }),
    });
    const link = linkTo([server]);
    const lines = link.lines("/", "", new AbortController().signal)[Symbol.asyncIterator]();
    await lines.next();
    isMember = false;
    server.cut("m1", "machine m1 was removed");
    await assert.rejects(lines.next(), /ended the session: machine m1 was removed/);
    assert.ok(ended() instanceof LinkCallEndedError);
    await assert.rejects(
      link.request("/", "", limit),
      (error: LinkRefusedError) => error instanceof LinkRefusedError && error.reason === "machine m1 was removed",
    );
  });

  test("rejects after close", async () => {
    const link = linkTo([serverOf({ "/": echo })]);
    await link.request("/", "", limit);
    link.close();
    await assert.rejects(link.request("/", "", limit), /the link is closed/);
  });
});
