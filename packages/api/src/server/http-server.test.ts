import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { createHttpServer, createHttpsServer } from "./http-server.ts";

/** Reads the timer of a socket in /proc/net/tcp (Linux, Documentation/networking/proc_net_tcp.rst). */
const KEEPALIVE_TIMER = "02";

async function listening(t: TestContext, server: Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const doors: readonly (readonly [string, () => Server])[] = [
  ["the API's", () => createHttpServer(() => {})],
  ["the other daemons'", () => createHttpsServer({}, () => {})],
];

for (const [whose, create] of doors) {
  test(`an idle connection gets TCP keep-alive probes, on ${whose} server`, async (t) => {
    const server = create();
    const port = await listening(t, server);
    const taken = once(server, "connection");
    const socket = connect({ port });
    t.after(() => socket.destroy());
    await taken;
    const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
    const rows = readFileSync("/proc/net/tcp", "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/));
    const accepted = rows.find(([, here, , state]) => here?.endsWith(local) && state === "01");
    assert.equal(accepted?.[5]?.slice(0, 2), KEEPALIVE_TIMER, `timer of ${accepted?.join(" ")}`);
  });

  test(`all requests with an incomplete head end in time, on ${whose} server`, () => {
    const server = create();
    assert.ok(server.headersTimeout > 0 && server.headersTimeout <= 30_000);
    assert.ok(server.requestTimeout > server.headersTimeout);
  });
}

test("a long stream is not closed by the time limit for requests", async (t) => {
  const limits = { headMs: 40, requestMs: 60, checkMs: 10, connections: 10 };
  const answered = Promise.withResolvers<void>();
  const server = createHttpServer((_request, response) => {
    response.write("begun, ");
    void answered.promise.then(() => response.end("done"));
  }, limits);
  const port = await listening(t, server);
  const streaming = connect({ port, allowHalfOpen: true });
  streaming.end("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  // The end of another connection with an incomplete head shows that the server has checked many times.
  for (let round = 0; round < 3; round++) assert.match(await textOf(connect({ port })), /^HTTP\/1\.1 408 /);
  answered.resolve();
  assert.match(await textOf(streaming), /begun, [^]*done/);
});

test("a connection whose TLS handshake does not end is closed in time", async (t) => {
  const limits = { headMs: 100, requestMs: 200, checkMs: 10, connections: 10 };
  const port = await listening(
    t,
    createHttpsServer({}, () => {}, limits),
  );
  for (const bytes of [Buffer.alloc(0), Buffer.from([0x16, 3, 1, 0x40, 0]), Buffer.from("GET / HTTP/1.1\r\n\r\n")]) {
    const socket = connect({ port });
    socket.on("error", () => {});
    socket.write(bytes);
    await once(socket, "close", { signal: AbortSignal.timeout(10_000) });
  }
});

test("garbage during an answer closes the connection and does not corrupt the answer", async (t) => {
  const begun = Promise.withResolvers<void>();
  const server = createHttpServer((_request, response) => {
    response.write("begun");
    begun.resolve();
  });
  const port = await listening(t, server);
  const socket = connect({ port });
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await begun.promise;
  socket.write("rubbish\r\n\r\n");
  socket.on("error", () => {});
  const answer = await textOf(socket).catch(() => "cut off");
  assert.doesNotMatch(answer, /400|501/);
});
