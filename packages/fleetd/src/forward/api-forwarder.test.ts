import assert from "node:assert/strict";
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type RequestListener,
  type Server,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, test, type TestContext } from "node:test";
import type { MachineIdentity } from "@flotilla/membership";
import { createClusterIdentity, issueMachineIdentity } from "@flotilla/membership/certificates";
import { ApiForwarder } from "./api-forwarder.ts";

const SERVER = { machineID: "b".repeat(32), role: "server", names: [] } as const;

let agent: MachineIdentity;
let server: MachineIdentity;
let stranger: MachineIdentity;

before(async () => {
  const cluster = await createClusterIdentity(Date.now());
  agent = await issueMachineIdentity(cluster, { machineID: "a".repeat(32), role: "agent", names: [] }, Date.now());
  server = await issueMachineIdentity(cluster, SERVER, Date.now());
  stranger = await issueMachineIdentity(await createClusterIdentity(Date.now()), SERVER, Date.now());
});

const closers: (() => void)[] = [];
after(() => closers.forEach((close) => close()));

async function listen(opened: Server | ReturnType<typeof createTlsServer>): Promise<number> {
  opened.listen(0, "127.0.0.1");
  await once(opened, "listening");
  closers.push(() => {
    opened.close();
    opened.closeAllConnections();
  });
  return (opened.address() as AddressInfo).port;
}

/** Starts a server of the cluster; returns its port. */
function serve(handler: RequestListener, tls = server): Promise<number> {
  return listen(createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: true }, handler));
}

/** Starts an agent's socket that forwards to servers on these ports; returns how to ask it. */
async function forwarding(t: TestContext, ports: readonly number[]) {
  const servers = ports.map((port) => ({ host: "127.0.0.1", port }));
  const forwarder = new ApiForwarder({ servers, tls: () => agent });
  t.after(() => forwarder.close());
  const port = await listen(createServer((request, response) => void forwarder.forward(request, response)));
  return async (options: { path?: string; method?: string; headers?: Record<string, string>; body?: string } = {}) => {
    const sent = httpRequest({ host: "127.0.0.1", port, agent: false, ...options }).end(options.body);
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    return { answer, sent, status: answer.statusCode, body: () => text(answer) };
  };
}

async function closedPort(): Promise<number> {
  const opened = createServer();
  opened.listen(0, "127.0.0.1");
  await once(opened, "listening");
  const { port } = opened.address() as AddressInfo;
  opened.close();
  await once(opened, "close");
  return port;
}

const echo: RequestListener = (request, response) => {
  void text(request).then((body) => {
    response.writeHead(201, { "fleet-revision": "7" });
    response.end(`${request.method} ${request.url} ${request.headers.authorization} ${body.length}`);
  });
};

test("a request reaches the server whole, and its answer comes back", async (t) => {
  const ask = await forwarding(t, [await serve(echo)]);
  const headers = { authorization: "Bearer x", "content-type": "application/json" };
  const { status, answer, body } = await ask({ method: "PUT", path: "/a?b=c", headers, body: "x".repeat(1e6) });
  assert.deepEqual([status, answer.headers["fleet-revision"]], [201, "7"]);
  assert.equal(await body(), "PUT /a?b=c Bearer x 1000000");
});

test("the next server answers when one is down, and stays the preferred one", async (t) => {
  let asked = 0;
  const ask = await forwarding(t, [await closedPort(), await serve((_, response) => response.end(`${++asked}`))]);
  assert.equal(await (await ask()).body(), "1");
  assert.equal(await (await ask()).body(), "2");
});

test("a server of another cluster gets nothing", async (t) => {
  let asked = 0;
  const foreign = await serve((_, response) => response.end(`${++asked}`), stranger);
  const { status, body } = await (await forwarding(t, [foreign]))({ headers: { authorization: "Bearer secret" } });
  assert.equal(status, 503);
  assert.match(await body(), /cannot reach any server of the cluster \(127\.0\.0\.1:\d+: /);
  assert.equal(asked, 0);
});

test("without a server, the answer names each server and why", async (t) => {
  const ports = [await closedPort(), await closedPort()];
  const { status, body } = await (await forwarding(t, ports))();
  assert.equal(status, 503);
  const { error } = JSON.parse(await body()) as { error: { id: string; message: string } };
  assert.equal(error.id, "unavailable");
  for (const port of ports) assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}: .*ECONNREFUSED`));
});

test("a stream passes line by line, and ends at the server when its reader goes", async (t) => {
  const closed = Promise.withResolvers<void>();
  const port = await serve((_, response) => {
    response.once("close", closed.resolve);
    response.write("first\n");
  });
  const { answer, sent } = await (await forwarding(t, [port]))();
  const [chunk] = (await once(answer, "data")) as [Buffer];
  assert.equal(String(chunk), "first\n");
  sent.destroy();
  await closed.promise;
});

test("a server that dies before its answer is an error, and the request is not repeated", async (t) => {
  let asked = 0;
  const dying: RequestListener = ({ socket }) => {
    asked++;
    socket.destroy();
  };
  const ask = await forwarding(t, [await serve(dying), await serve(dying)]);
  const { status, body } = await ask({ method: "POST", body: "{}" });
  assert.equal(status, 503);
  assert.match(await body(), /the server closed the connection/);
  assert.equal(asked, 1);
});

for (const method of ["GET", "HEAD", "DELETE", "OPTIONS", "POST"])
  test(`the body of a ${method} without a length stays a body, and no request of its own`, async (t) => {
    const asked: string[] = [];
    const port = await serve((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      void text(request).then((body) => response.end(body));
    });
    const ask = await forwarding(t, [port]);
    const hidden = "POST /hidden HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n";
    const headers = { "transfer-encoding": "chunked" };
    const { body } = await ask({ method, path: "/shown", headers, body: hidden });
    const answers = [await body(), await (await ask({ path: "/next" })).body()];
    assert.deepEqual(asked, [`${method} /shown`, "GET /next"]);
    assert.deepEqual(answers, [method === "HEAD" ? "" : hidden, ""]);
  });
