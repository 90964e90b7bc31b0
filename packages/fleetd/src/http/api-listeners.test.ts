import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import type { EntranceHandler } from "@flotilla/api";
import { ApiGateway } from "./api-gateway.ts";
import { openApiListeners } from "./api-listeners.ts";
import { ApiTls } from "./api-tls.ts";
import { type ListenAddress, parseListenAddress } from "./listen-address.ts";
import { refuseAll } from "./refuse-all.ts";

const directory = mkdtempSync(join(tmpdir(), "listeners-"));
after(() => rmSync(directory, { recursive: true }));

/** Opens listeners of a server's sockets. */
function openSockets(addresses: readonly ListenAddress[], handler: ApiGateway | EntranceHandler) {
  const gateway = handler instanceof ApiGateway ? handler : new ApiGateway();
  if (!(handler instanceof ApiGateway)) gateway.open(handler);
  const listeners = addresses.map((address) => ({ address, entrance: { kind: "socket" } as const }));
  return openApiListeners(listeners, gateway, new ApiTls());
}

const metrics = async (): Promise<string> => "up 1\n";

async function status(socketPath: string, path = "/"): Promise<number | undefined> {
  const [answer] = (await once(get({ socketPath, path }), "response")) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}

test("a daemon that waits for the lock answers with the reason and fleet's sentence", async () => {
  const path = join(directory, "refused.sock");
  const listeners = await openSockets([{ kind: "unix", path }], refuseAll("another fleetd runs here", metrics));
  const [answer] = (await once(get({ socketPath: path, path: "/fleet/v1/machines" }), "response")) as [IncomingMessage];
  assert.match(await text(answer), /another fleetd runs here \(fleet server unable to communicate with etcd\)/);
  await listeners.close(1_000);
});

test("a request that arrives during a reload waits for the new API", async () => {
  const path = join(directory, "a.sock");
  const gateway = new ApiGateway();
  const listeners = await openSockets([{ kind: "unix", path }], gateway);
  assert.equal(statSync(path).mode & 0o777, 0o660);
  const early = status(path);
  gateway.hold();
  gateway.open(refuseAll("not yet", metrics));
  assert.equal(await early, 503);
  assert.equal(await status(path, "/metrics"), 200, "metrics are served during a reload");
  gateway.hold();
  gateway.hold();
  const during = status(path);
  gateway.open((_, response) => void response.end("served"));
  assert.equal(await during, 200);
  await listeners.close(1_000);
});

test("a client that has finished sending gets an answer, even if its request waited for the new API", async () => {
  const path = join(directory, "half.sock");
  const gateway = new ApiGateway();
  const listeners = await openSockets([{ kind: "unix", path }], gateway);
  const socket = createConnection({ path, allowHalfOpen: true });
  socket.end("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await once(socket, "finish");
  gateway.open((_, response) => void response.end("served"));
  assert.match(await text(socket), /served/);
  await listeners.close(1_000);
});

test("the socket of a killed daemon is replaced, a socket in use is not", async () => {
  const path = join(directory, "b.sock");
  const other = createServer().listen(path);
  await once(other, "listening");
  await assert.rejects(openSockets([{ kind: "unix", path }], refuseAll("x", metrics)), /b\.sock.*EADDRINUSE/);
  assert.ok(existsSync(path));
  other.close();
});

test("if one address is unusable, no listener stays open", async () => {
  const first = join(directory, "c.sock");
  const addresses = [
    { kind: "unix", path: first },
    { kind: "unix", path: "/nowhere/d.sock" },
  ] as const;
  await assert.rejects(openSockets(addresses, refuseAll("x", metrics)), /\/nowhere\/d\.sock/);
  assert.ok(!existsSync(first));
});

for (const [text, address] of [
  ["unix:///run/fleet.sock", { kind: "unix", path: "/run/fleet.sock" }],
  ["tcp://127.0.0.1:49153", { kind: "tcp", host: "127.0.0.1", port: 49_153 }],
  ["http://[::1]:80/", { kind: "tcp", host: "::1", port: 80 }],
] as const) {
  test(`listen may be ${text}`, () => assert.deepEqual(parseListenAddress(text), address));
}

for (const text of ["", "8080", "unix://relative", "tcp://host", "tcp://host:99999", "ftp://x:1"]) {
  test(`listen may not be ${JSON.stringify(text)}`, () => assert.equal(parseListenAddress(text), undefined));
}
