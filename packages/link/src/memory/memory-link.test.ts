import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import type { LinkCall, LinkHandler } from "../port/link-call.ts";
import { LinkAnswerError, LinkCallEndedError, LinkUnavailableError } from "../port/link-error.ts";
import type { LinkRefusal } from "../server/refused.ts";
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

suite("a link in memory", () => {
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
    const rest = (async () => {
      while (!(await lines.next()).done);
    })();
    await assert.rejects(rest, LinkUnavailableError);
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
});

test("a request that asks for something wrong is told as refused, and one that fails otherwise is not", async () => {
  const clock = new ManualClock();
  const refusals: LinkRefusal[] = [];
  const statuses = new Map(
    [400, 403, 404, 410, 413, 429, 503].map((status): [string, LinkHandler] => [
      `/${status}`,
      () => Promise.reject(LinkAnswerError.because(status, `because ${status}`)),
    ]),
  );
  const onRefused = (refusal: LinkRefusal): void => void refusals.push(refusal);
  const link = linkTo([new MemoryLinkServer({ name: "a", clock, routes: statuses, onRefused })], clock);
  for (const path of statuses.keys()) await link.request(path, "", limit);
  assert.deepEqual(
    refusals.map(({ path }) => path),
    ["/400", "/403", "/413", "/429"],
  );
  const session = { machineID: "m1", isProven: true, remoteAddress: "memory" };
  assert.deepEqual(refusals[1], { ...session, path: "/403", reason: "because 403" });
});
