import assert from "node:assert/strict";
import { connect as connectHttp2, constants } from "node:http2";
import { before, suite, test } from "node:test";
import type { LinkTls } from "../client/connect.ts";
import { LoopbackServer, type LoopbackServerOptions, TestAuthority } from "../fixture/index.ts";
import { until } from "../fixture/until.ts";
import type { LinkCall } from "../port/link-call.ts";
import { LineSplitter } from "../port/line-splitter.ts";
import {
  cancelLine,
  LONGEST_REQUEST_LINE,
  requestLine,
  SMALL_REQUESTS_PATH,
  type SmallAnswer,
  smallAnswerOf,
} from "../port/small-request.ts";
import { SERVER_NAME } from "@flotilla/runtime";

let authority: TestAuthority;
let serverTls: LinkTls;
let agentTls: LinkTls;

before(async () => {
  authority = await TestAuthority.create();
  [serverTls, agentTls] = [await authority.server(), await authority.agent("m1")];
});

const sized = async (call: LinkCall): Promise<void> => call.answer(200, "x".repeat(Number(await call.body())));

/** A server, and the stream of a session's small requests, written by hand. */
async function open(options: Partial<LoopbackServerOptions> = {}, settings = {}) {
  const server = await LoopbackServer.start({ tls: serverTls, routes: new Map([["/", sized]]), ...options });
  const { port } = server.address;
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ...agentTls, servername: SERVER_NAME, settings });
  session.on("error", () => {});
  const stream = session.request({ ":method": "POST", ":path": SMALL_REQUESTS_PATH }, { endStream: false });
  stream.on("error", () => {});
  const answers: SmallAnswer[] = [];
  const splitter = new LineSplitter();
  stream.on("data", (chunk: Buffer) => {
    for (const line of splitter.add(chunk)) answers.push(smallAnswerOf(line) ?? assert.fail(`not an answer: ${line}`));
  });
  return {
    ...{ server, stream, answers },
    send: (line: string) => void stream.write(`${line}\n`),
    async [Symbol.asyncDispose]() {
      session.destroy();
      await server.close();
    },
  };
}

/** A handler that never ends, and the calls that it got. */
function hanging() {
  const calls: LinkCall[] = [];
  const routes = new Map([
    [
      "/",
      async (call: LinkCall) => {
        calls.push(call);
        await new Promise(() => {});
      },
    ],
  ]);
  return { calls, routes };
}

suite("lines that no agent sends end the stream, not the session", () => {
  const LINES: Readonly<Record<string, readonly string[]>> = {
    "no JSON": ["garbage"],
    "no array": [`{"id":1}`],
    "an ID that is no number": [`["1","/",""]`],
    "a body that is no text": [`[1,"/",{}]`],
    "a request in progress with the same ID": [requestLine(1, "/hang", ""), requestLine(1, "/hang", "")],
    "a line that is too long": [requestLine(1, "/", "x".repeat(LONGEST_REQUEST_LINE))],
  };
  for (const [what, lines] of Object.entries(LINES))
    test(what, async () => {
      const hang = (): Promise<void> => new Promise(() => {});
      const routes = new Map([["/", sized] as const, ["/hang", hang] as const]);
      await using opened = await open({ routes, limits: { drainMs: 0 } });
      for (const line of lines) opened.send(line);
      await until(() => opened.stream.destroyed, "the stream ends");
      assert.equal(opened.stream.rstCode, constants.NGHTTP2_PROTOCOL_ERROR);
      assert.equal(opened.server.link.size, 1);
    });
});

test("a line that does not arrive ends the stream", async () => {
  await using opened = await open({ limits: { bodyMs: 200 } });
  opened.stream.write("[1,");
  await until(() => opened.stream.destroyed, "the stream ends");
  assert.equal(opened.stream.rstCode, constants.NGHTTP2_ENHANCE_YOUR_CALM);
});

test("a line in more parts than the memory of a session can hold ends the stream", async () => {
  await using opened = await open({ limits: { heldBytes: 100_000 } });
  for (let sent = 0; sent < 1_000 && !opened.stream.destroyed; sent += 1)
    await new Promise((resolve) => opened.stream.write("0", resolve));
  await until(() => opened.stream.destroyed, "the stream ends");
  assert.equal(opened.stream.rstCode, constants.NGHTTP2_ENHANCE_YOUR_CALM);
});

test("the path of a request counts against the memory of its session", async () => {
  const { routes } = hanging();
  await using opened = await open({ routes, limits: { heldBytes: 1_000_000, drainMs: 0 } });
  for (let id = 1; id <= 6; id += 1) opened.send(requestLine(id, `/${"x".repeat(200_000)}`, ""));
  await until(() => opened.stream.destroyed, "the stream ends");
  assert.equal(opened.stream.rstCode, constants.NGHTTP2_ENHANCE_YOUR_CALM);
});

test("requests beyond the limit of a session are refused, counting those that were cancelled", async () => {
  const { calls, routes } = hanging();
  await using opened = await open({ routes, limits: { calls: 5, drainMs: 0 } });
  for (let id = 1; id <= 5; id += 1) {
    opened.send(requestLine(id, "/", ""));
    opened.send(cancelLine(id));
  }
  await until(() => calls.length === 5 && calls.every(({ signal }) => signal.aborted), "all handlers are cancelled");
  opened.send(requestLine(6, "/", ""));
  await until(() => opened.answers.length > 0, "an answer");
  assert.deepEqual(
    opened.answers.map(({ id, status }) => [id, status]),
    [[6, 503]],
  );
});

test("a handler of lines is told that it needs a stream of its own", async () => {
  await using opened = await open({ routes: new Map([["/", (call: LinkCall) => call.line("one")]]) });
  opened.send(requestLine(1, "/", ""));
  await until(() => opened.answers.length > 0, "an answer");
  assert.equal(opened.answers[0]?.status, 400);
});

test("the handlers learn when the stream ends", async () => {
  const { calls, routes } = hanging();
  await using opened = await open({ routes, limits: { drainMs: 0 } });
  opened.send(requestLine(1, "/", ""));
  await until(() => calls.length === 1, "the handler runs");
  opened.stream.close(constants.NGHTTP2_CANCEL);
  await until(() => calls[0]?.signal.aborted === true, "the handler is cancelled");
});

test("a client that reads no answers loses the stream, by the memory of its session and by time", async () => {
  for (const limits of [{ heldBytes: 500_000 }, { slowReaderMs: 200 }]) {
    await using opened = await open({ limits }, { initialWindowSize: 0 });
    for (let id = 1; id <= 20; id += 1) opened.send(requestLine(id, "/", "100000"));
    await until(() => opened.stream.destroyed, "the stream ends");
    assert.equal(opened.stream.rstCode, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    assert.equal(opened.answers.length, 0);
  }
});
