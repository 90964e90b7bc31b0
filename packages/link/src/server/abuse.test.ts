import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2, constants, type OutgoingHttpHeaders } from "node:http2";
import { connect as connectTcp } from "node:net";
import { text } from "node:stream/consumers";
import { before, suite, test } from "node:test";
import { silentLogger, systemClock } from "@flotilla/runtime";
import type { LinkTls } from "../client/connect.ts";
import { openLink } from "../client/open-link.ts";
import { LoopbackServer, type LoopbackServerOptions, TestAuthority } from "../fixture/index.ts";
import { FLAG, FRAME, RawClient } from "../fixture/raw-client.ts";
import { until } from "../fixture/until.ts";
import type { LinkCall } from "../port/link-call.ts";
import { SERVER_NAME } from "@flotilla/runtime";
import { LINK_LIMITS } from "./limits.ts";

let authority: TestAuthority;
let serverTls: LinkTls;
let agentTls: LinkTls;

before(async () => {
  authority = await TestAuthority.create();
  [serverTls, agentTls] = [await authority.server(), await authority.agent("m1")];
});

async function answer(call: LinkCall): Promise<void> {
  const size = Number(await call.body());
  call.answer(200, "x".repeat(size));
}

function serve(options: Partial<LoopbackServerOptions> = {}) {
  return LoopbackServer.start({ tls: serverTls, routes: new Map([["/", answer]]), ...options });
}

/** A session of node:http2. */
function sessionWith({ address }: LoopbackServer, { key, cert, ca }: LinkTls, settings = {}) {
  const options = { key, cert, ca, servername: SERVER_NAME, settings };
  const session = connectHttp2(`https://127.0.0.1:${address.port}`, options);
  session.on("error", () => {});
  return Object.assign(session, { [Symbol.dispose]: () => session.destroy() });
}

/** Sends one request. */
async function ask(session: ClientHttp2Session, body = "", headers: OutgoingHttpHeaders = {}) {
  const stream = session.request({ ":method": "POST", ":path": "/", "content-length": body.length, ...headers });
  stream.on("error", () => {});
  const head = once(stream, "response");
  stream.end(body);
  const [{ ":status": status }] = (await head) as [{ ":status": number }];
  return { status, body: await text(stream) };
}

/** Another agent is served as usual. */
async function assertServes(server: LoopbackServer): Promise<void> {
  const tls = await authority.agent("bystander");
  const options = { servers: [server.address], tls: () => tls, clock: systemClock, random: () => 0, log: silentLogger };
  const link = openLink(options);
  assert.deepEqual(await link.request("/", "1", { limitMs: 5_000 }), { status: 200, body: "x" });
  link.close();
}

/** The fields `:method: POST`, `:scheme: https` and `:path: /` of HPACK's static table (RFC 7541, appendix A). */
const POST = Buffer.from([0x83, 0x87, 0x84]);

suite("frames that no agent sends end the session", () => {
  const ATTACKS: Readonly<Record<string, (client: RawClient) => void>> = {
    "garbage instead of the preface": (client) => client.socket.write(randomBytes(10_000)),
    "garbage after the preface": (client) => client.begin().socket.write(randomBytes(100_000)),
    "a frame of 16 MiB": (client) => client.begin().frame(FRAME.data, 0, 1, randomBytes(20_000), 2 ** 24 - 1),
    "ten thousand PING frames": (client) => {
      client.begin();
      for (let sent = 0; sent < 10_000; sent += 1) client.frame(FRAME.ping, 0, 0, Buffer.alloc(8));
    },
    "ten thousand SETTINGS frames": (client) => {
      client.begin();
      for (let sent = 0; sent < 10_000; sent += 1) client.frame(FRAME.settings, 0, 0, Buffer.alloc(0));
    },
    "a head without end": (client) => {
      client.begin().frame(FRAME.headers, 0, 1, Buffer.from([0x83]));
      for (let sent = 0; sent < 1_000; sent += 1) client.frame(FRAME.continuation, 0, 1, Buffer.from([0x83]));
    },
    "opening and cancelling streams": (client) => {
      client.begin();
      for (let stream = 1; stream < 10_000; stream += 2)
        client
          .frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, stream, POST)
          .frame(FRAME.rstStream, 0, stream, Buffer.from([0, 0, 0, 8]));
    },
    "a reset of a stream that was never opened": (client) =>
      client.begin().frame(FRAME.rstStream, 0, 9, Buffer.alloc(4)),
    "data for a stream that was never opened": (client) => client.begin().frame(FRAME.data, 0, 7, Buffer.alloc(4)),
  };
  for (const [name, attack] of Object.entries(ATTACKS))
    test(name, async () => {
      await using server = await serve();
      const client = await RawClient.connect(server.address, authority.ca, agentTls);
      attack(client);
      await until(() => client.isClosed, "the session ends");
      await until(() => server.link.size === 0, "the server has forgotten the session");
      await assertServes(server);
    });

  test("garbage instead of TLS", async () => {
    await using server = await serve();
    const socket = connectTcp(server.address);
    socket.on("error", () => {});
    socket.write(randomBytes(1_000));
    await once(socket, "close");
    await assertServes(server);
  });
});

suite("requests beyond a limit are refused", () => {
  test("another method than POST", async () => {
    await using server = await serve();
    using session = sessionWith(server, agentTls);
    assert.equal((await ask(session, "", { ":method": "PUT" })).status, 405);
  });

  test("a body beyond the limit, or without a length", async () => {
    await using server = await serve({ limits: { bodyBytes: 1_000 } });
    using session = sessionWith(server, agentTls);
    assert.equal((await ask(session, " ".repeat(1_000))).status, 200);
    assert.equal((await ask(session, " ".repeat(1_001))).status, 413);
    assert.equal((await ask(session, "1", { "content-length": undefined })).status, 413);
    const lying = session.request({ ":method": "POST", ":path": "/", "content-length": 1 });
    lying.end("123");
    await assert.rejects(once(lying, "response"));
    await assertServes(server);
  });

  test("a body that is not UTF-8", async () => {
    await using server = await serve();
    using session = sessionWith(server, agentTls);
    const stream = session.request({ ":method": "POST", ":path": "/", "content-length": 1 });
    stream.end(Buffer.from([0xff]));
    assert.equal(await text(stream), '{"reason":"the body is not UTF-8"}');
  });

  test("a body that does not arrive", async () => {
    await using server = await serve({ limits: { bodyMs: 200 } });
    using session = sessionWith(server, agentTls);
    const stream = session.request({ ":method": "POST", ":path": "/", "content-length": 100 });
    stream.on("error", () => {});
    stream.write("1");
    await until(() => stream.destroyed, "the request ends");
    assert.equal(stream.rstCode, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    await assertServes(server);
  });

  test("a body in more parts than the memory of a session can hold", async () => {
    await using server = await serve({ limits: { heldBytes: 100_000 } });
    using session = sessionWith(server, agentTls);
    const stream = session.request({ ":method": "POST", ":path": "/", "content-length": 1_000 });
    const head = once(stream, "response");
    for (let sent = 0; sent < 1_000; sent += 1) await new Promise((resolve) => stream.write("0", resolve));
    const [{ ":status": status }] = (await head) as [{ ":status": number }];
    assert.equal(status, 503);
    assert.match(await text(stream), /holds as many bodies and answers as it may/);
    assert.equal((await ask(session, "0".repeat(1_000))).status, 200);
  });

  test("a head that is too large", async () => {
    await using server = await serve();
    const many = Object.fromEntries(Array.from({ length: LINK_LIMITS.headers }, (_, index) => [`x-${index}`, "1"]));
    for (const headers of [many, { "x-large": "x".repeat(LINK_LIMITS.headBytes) }]) {
      using session = sessionWith(server, agentTls);
      // The client knows the limits, and the server counts on that, after the first answer.
      await ask(session);
      await assert.rejects(ask(session, "", headers));
    }
    await assertServes(server);
  });

  test("more requests than a session may have, counting those that were cancelled", async () => {
    const begun: LinkCall[] = [];
    const hang = async (call: LinkCall): Promise<void> => {
      begun.push(call);
      await new Promise(() => {});
    };
    await using server = await serve({ routes: new Map([["/", hang]]), limits: { calls: 5, drainMs: 0 } });
    using session = sessionWith(server, agentTls);
    for (let sent = 1; sent <= 5; sent += 1) {
      const stream = session.request({ ":method": "POST", ":path": "/" });
      await until(() => begun.length === sent, "the handler runs");
      stream.close(8);
    }
    assert.equal((await ask(session)).status, 503);
  });
});

suite("a client that does not read", () => {
  /** The client lets the server send nothing. */
  const SHUT = { initialWindowSize: 0 };

  test("holds a bounded number of bytes, and loses its answers after some time", async () => {
    const limits = { heldBytes: 500_000, slowReaderMs: 300 };
    await using server = await serve({ limits });
    using session = sessionWith(server, agentTls, SHUT);
    const streams = Array.from({ length: 20 }, () => {
      const stream = session.request({ ":method": "POST", ":path": "/", "content-length": 6 });
      stream.on("error", () => {});
      return stream.end("100000");
    });
    // Five answers of 100 kB would fit, but for the bodies of the requests.
    await until(() => streams.filter(({ destroyed }) => destroyed).length >= 15, "answers beyond the limit end");
    assert.equal(streams.filter(({ destroyed }) => !destroyed).length, 4);
    await until(() => streams.every(({ destroyed }) => destroyed), "the others end after some time");
    await assertServes(server);
  });

  test("takes no memory from others beyond what all sessions may hold", async () => {
    await using server = await serve({ limits: { heldBytes: 300_000, allHeldBytes: 500_000, slowReaderMs: 60_000 } });
    const sessions = Array.from({ length: 3 }, () => sessionWith(server, agentTls, SHUT));
    const streams = sessions.map((session) => {
      const stream = session.request({ ":method": "POST", ":path": "/", "content-length": 6 });
      stream.on("error", () => {});
      return stream.end("200000");
    });
    await until(() => streams.some(({ destroyed }) => destroyed), "one answer does not fit");
    assert.equal(streams.filter(({ destroyed }) => destroyed).length, 1);
    for (const session of sessions) session.destroy();
    await until(() => server.link.size === 0, "the sessions end");
    await assertServes(server);
  });

  test("does not delay the end of its session", async () => {
    await using server = await serve();
    const client = await RawClient.connect(server.address, authority.ca, agentTls);
    client.begin();
    await until(() => server.link.size === 1, "the session is admitted");
    client.socket.pause();
    server.link.cut("m1", "a test");
    assert.equal(server.link.size, 0);
  });
});
