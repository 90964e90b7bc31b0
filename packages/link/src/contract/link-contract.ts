import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Link } from "../port/link.ts";
import type { LinkCall, LinkHandler, LinkRoutes } from "../port/link-call.ts";
import { LinkAnswerError, LinkCallEndedError, LinkRefusedError, LinkUnavailableError } from "../port/link-error.ts";
import type { Admission } from "../server/admission.ts";

export interface LinkPair extends AsyncDisposable {
  readonly link: Link;
  /** Ends the sessions of the machine `m1`, which the link belongs to. */
  readonly cut: (reason: string) => void;
}

export interface LinkHarness {
  /** Starts a server and opens a link of the machine `m1`. The server gives a reader of lines 300 ms. */
  readonly open: (routes: LinkRoutes, admit?: () => Admission) => Promise<LinkPair>;
}

const limit = { limitMs: 5_000 };
const BUG = "a bug of the test";

const echo: LinkHandler = async (call) => call.answer(200, `${call.machineID} ${call.path} ${await call.body()}`);

const refuse: LinkHandler = () => Promise.reject(LinkAnswerError.because(403, "not yours"));

/** Sends as many lines as the body says. */
const count: LinkHandler = async (call) => {
  const lines = Number(await call.body());
  for (let sent = 0; sent < lines; sent += 1) await call.line(`line ${sent}`);
  call.end();
};

/** A handler that runs `work` and tells when, and with which error, the work has ended. */
function watched(work: (call: LinkCall) => Promise<void>) {
  const { promise: ended, resolve } = Promise.withResolvers<unknown>();
  const handler: LinkHandler = (call) =>
    work(call).then(
      () => resolve(undefined),
      (error) => {
        resolve(error);
        throw error;
      },
    );
  return { handler, ended };
}

async function untilAborted({ signal }: LinkCall): Promise<void> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  throw signal.reason;
}

async function collect(link: Link, path: string, body: string, most = Infinity): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of link.lines(path, body, AbortSignal.timeout(10_000))) {
    lines.push(line);
    if (lines.length >= most) break;
  }
  return lines;
}

/** What every link must do, whatever it runs over. */
export function linkContract(name: string, harness: LinkHarness): void {
  suite(`${name}: requests`, () => {
    requestTests(harness);
  });
  suite(`${name}: lines`, () => {
    linesTests(harness);
  });
  suite(`${name}: sessions`, () => {
    sessionTests(harness);
  });
}

function requestTests({ open }: LinkHarness): void {
  test("a request reaches the handler with the longest prefix of its path", async () => {
    const routes = new Map([
      ["/a/", echo],
      ["/a/b", async (call: LinkCall) => call.answer(201, "b")],
    ]);
    await using pair = await open(routes);
    assert.deepEqual(await pair.link.request("/a/x", "größe", limit), { status: 200, body: "m1 /a/x größe" });
    assert.deepEqual(await pair.link.request("/a/x", "", limit), { status: 200, body: "m1 /a/x " });
    assert.deepEqual(await pair.link.request("/a/b", "", limit), { status: 201, body: "b" });
    assert.equal((await pair.link.request("/c", "", limit)).status, 404);
  });

  test("large bodies arrive whole, both ways", async () => {
    await using pair = await open(new Map([["/", echo]]));
    const body = "ä".repeat(2_000_000);
    assert.equal((await pair.link.request("/", body, limit)).body, `m1 / ${body}`);
  });

  test("a handler that throws is answered for", async () => {
    const routes = new Map<string, LinkHandler>([
      ["/refuse", refuse],
      ["/outage", () => Promise.reject(new LinkUnavailableError("etcd is down"))],
      ["/bug", () => Promise.reject(new TypeError(BUG))],
      ["/silent", async () => {}],
    ]);
    await using pair = await open(routes);
    const answers = ["/refuse", "/outage", "/bug", "/silent"].map((path) => pair.link.request(path, "", limit));
    const [refused, outage, bug, silent] = await Promise.all(answers);
    assert.deepEqual(refused, { status: 403, body: '{"reason":"not yours"}' });
    assert.deepEqual(outage, { status: 503, body: '{"reason":"etcd is down"}' });
    assert.equal(bug?.status, 500);
    assert.doesNotMatch(bug.body, new RegExp(BUG));
    assert.equal(silent?.status, 500);
  });

  test("a request ends at its time limit and by its signal, and its handler learns of both", async () => {
    for (const by of ["limit", "signal"]) {
      const { handler, ended } = watched(untilAborted);
      await using pair = await open(new Map([["/", handler]]));
      const abort = new AbortController();
      const request = pair.link.request("/", "", { limitMs: by === "limit" ? 200 : 5_000, signal: abort.signal });
      if (by === "signal") setTimeout(() => abort.abort(new LinkCallEndedError("enough")), 200);
      await assert.rejects(request, by === "limit" ? LinkUnavailableError : /enough/);
      assert.ok((await ended) instanceof LinkCallEndedError);
    }
  });

  test("hundreds of requests at one time are all answered", async () => {
    await using pair = await open(new Map([["/", echo]]));
    const bodies = Array.from({ length: 600 }, (_, index) => `${index}`);
    const answers = await Promise.all(bodies.map((body) => pair.link.request("/", body, limit)));
    assert.deepEqual(
      answers.map(({ body }) => body),
      bodies.map((body) => `m1 / ${body}`),
    );
  });
}

function linesTests({ open }: LinkHarness): void {
  test("lines arrive in order, also long ones and none", async () => {
    const long = async (call: LinkCall): Promise<void> => {
      for (const size of [1_000_000, 0, 300_000]) await call.line("ü".repeat(size));
    };
    await using pair = await open(new Map([["/count", count] as const, ["/long", long] as const]));
    const expected = Array.from({ length: 5_000 }, (_, index) => `line ${index}`);
    assert.deepEqual(await collect(pair.link, "/count", "5000"), expected);
    assert.deepEqual(await collect(pair.link, "/count", "0"), []);
    assert.deepEqual(
      (await collect(pair.link, "/long", "")).map(({ length }) => length),
      [1_000_000, 0, 300_000],
    );
  });

  test("an answer other than 200 is thrown to the reader, with its body", async () => {
    await using pair = await open(new Map([["/", refuse]]));
    await assert.rejects(
      collect(pair.link, "/", ""),
      (error) => error instanceof LinkAnswerError && error.status === 403 && error.message === "not yours",
    );
  });

  test("a handler that fails between lines makes the reader fail, not end", async () => {
    const fail = async (call: LinkCall): Promise<void> => {
      await call.line("one");
      throw new TypeError(BUG);
    };
    await using pair = await open(new Map([["/", fail]]));
    const lines = pair.link.lines("/", "", AbortSignal.timeout(10_000))[Symbol.asyncIterator]();
    assert.equal((await lines.next()).value, "one");
    await assert.rejects(lines.next(), LinkUnavailableError);
  });

  test("the call ends when the reader leaves, and when its signal aborts", async () => {
    const endless = async (call: LinkCall): Promise<never> => {
      for (;;) await call.line("x");
    };
    const waiting = async (call: LinkCall): Promise<void> => {
      await call.line("x");
      await untilAborted(call);
    };
    const [left, aborted] = [watched(endless), watched(waiting)];
    await using pair = await open(
      new Map([["/endless", left.handler] as const, ["/waiting", aborted.handler] as const]),
    );
    assert.equal((await collect(pair.link, "/endless", "", 3)).length, 3);
    assert.ok((await left.ended) instanceof LinkCallEndedError);

    const abort = new AbortController();
    const lines = pair.link.lines("/waiting", "", abort.signal)[Symbol.asyncIterator]();
    await lines.next();
    const next = lines.next();
    abort.abort(new LinkCallEndedError("enough"));
    await assert.rejects(next, /enough/);
    assert.ok((await aborted.ended) instanceof LinkCallEndedError);
  });

  test("a reader that stops reading stops the handler, and loses its answer after some time", async () => {
    let sent = 0;
    const flood = watched(async (call) => {
      for (; sent < 1_000; sent += 1) await call.line("x".repeat(100_000));
    });
    await using pair = await open(new Map([["/", flood.handler]]));
    const lines = pair.link.lines("/", "", AbortSignal.timeout(10_000))[Symbol.asyncIterator]();
    await lines.next();
    assert.ok((await flood.ended) instanceof LinkCallEndedError);
    assert.ok(sent < 100, `${sent} lines of 100 kB were sent`);
    const rest = (async () => {
      while (!(await lines.next()).done);
    })();
    await assert.rejects(rest, LinkUnavailableError);
  });
}

function sessionTests({ open }: LinkHarness): void {
  test("all calls of a session have one session object", async () => {
    const sessions = new Set<unknown>();
    const note = async (call: LinkCall): Promise<void> => {
      sessions.add(call.session);
      call.answer(200, call.session.machineID);
    };
    await using pair = await open(new Map([["/", note]]));
    for (let times = 0; times < 3; times += 1) assert.equal((await pair.link.request("/", "", limit)).body, "m1");
    assert.equal(sessions.size, 1);
    pair.cut("a test");
    await pair.link.request("/", "", limit);
    assert.equal(sessions.size, 2);
  });

  test("a cut machine loses its requests at once, learns the reason, and is refused", async () => {
    let isMember = true;
    const [request, lines] = [watched(untilAborted), watched(untilAborted)];
    const begun = Promise.withResolvers<LinkCall>();
    const whole: LinkHandler = (call) => {
      begun.resolve(call);
      return request.handler(call);
    };
    const stream: LinkHandler = async (call) => {
      await call.line("one");
      await lines.handler(call);
    };
    await using pair = await open(new Map([["/whole", whole] as const, ["/lines", stream] as const]), () =>
      isMember ? { machineID: "m1" } : { refused: "machine m1 was removed", refusal: "removed" },
    );
    const answer = assert.rejects(pair.link.request("/whole", "", limit), /machine m1 was removed/);
    const reader = pair.link.lines("/lines", "", AbortSignal.timeout(10_000))[Symbol.asyncIterator]();
    await reader.next();
    const { session } = await begun.promise;
    isMember = false;
    pair.cut("machine m1 was removed");
    assert.ok(session.ended.aborted);
    assert.ok((await request.ended) instanceof LinkCallEndedError);
    assert.ok((await lines.ended) instanceof LinkCallEndedError);
    await answer;
    await assert.rejects(reader.next(), /machine m1 was removed/);
    const isRefusal = (error: unknown): boolean =>
      error instanceof LinkRefusedError && error.reason === "machine m1 was removed" && error.refusal === "removed";
    await assert.rejects(pair.link.request("/whole", "", limit), isRefusal);
    await assert.rejects(collect(pair.link, "/lines", ""), isRefusal);
  });

  test("a refusal without a code has none", async () => {
    await using pair = await open(new Map([["/", echo]]), () => ({ refused: "removed" }));
    await assert.rejects(
      pair.link.request("/", "", limit),
      (error) => error instanceof LinkRefusedError && error.reason === "removed" && error.refusal === undefined,
    );
  });

  test("an answer of a handler is no refusal of the machine, whatever its body says", async () => {
    const lie: LinkHandler = () => Promise.reject(LinkAnswerError.because(403, "machine m1 was removed", "removed"));
    await using pair = await open(new Map([["/", lie]]));
    assert.equal((await pair.link.request("/", "", limit)).status, 403);
    await assert.rejects(collect(pair.link, "/", ""), LinkAnswerError);
  });

  test("requests in flight and later ones reject when the link closes", async () => {
    const { handler, ended } = watched(untilAborted);
    const begun = Promise.withResolvers<void>();
    await using pair = await open(
      new Map([
        [
          "/",
          (call: LinkCall) => {
            begun.resolve();
            return handler(call);
          },
        ],
      ]),
    );
    const request = assert.rejects(pair.link.request("/", "", limit), LinkUnavailableError);
    await begun.promise;
    pair.link.close();
    await request;
    assert.ok((await ended) instanceof LinkCallEndedError);
    await assert.rejects(pair.link.request("/", "", limit), /the link is closed/);
  });
}
