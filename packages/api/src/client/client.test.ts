import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { MACHINE_A, type TestApi, testApi } from "../server/api.fixture.ts";
import { type Client, openClient } from "./client.ts";
import { ApiError, EndpointError, noEndpointAnswered } from "./client-error.ts";

const FILE = "# ü\n[Service]\nExecStart=/bin/sleep 1000\n";

function clientOf(t: TestContext, endpoints: readonly string[], requestTimeoutMs = 2_000): Client {
  const client = openClient({ endpoints, requestTimeoutMs });
  t.after(() => client.close());
  return client;
}

const tcp = ({ tcp: { host, port } }: TestApi): string => `http://${host}:${port}`;
const unix = (api: TestApi): string => `unix://${api.unix.socketPath}`;

async function serverOf(t: TestContext, handler: RequestListener): Promise<string> {
  const server: Server = createHttpServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

for (const [kind, endpoint] of [
  ["TCP", tcp],
  ["a unix socket", unix],
  ["a unix socket under fleet's other scheme", (api: TestApi) => unix(api).replace("unix:", "file:")],
] as const) {
  test(`every route over ${kind}`, async (t) => {
    const api = await testApi(t);
    const client = clientOf(t, [endpoint(api)]);
    const put = await client.putUnit("web@1.service", { file: FILE, desiredState: "launched" });
    assert.deepEqual([put.created, put.unit.desiredState], [true, "launched"]);
    assert.equal(await client.getUnitFile("web@1.service"), FILE);
    await api.put(`machine/${MACHINE_A}`, { id: MACHINE_A });
    await api.put(`assignment/${MACHINE_A}/web@1.service`, { digest: "d", hash: put.unit.hash, desired: "launched" });
    assert.equal((await client.getUnit("web@1.service")).machines.length, 1);
    assert.equal((await client.listUnits({ name: "web@*" })).items.length, 1);
    assert.deepEqual((await client.listStates()).items, []);
    const { revision } = await client.editMachineMetadata(MACHINE_A, { set: { a: "b" } });
    const machines = await client.listMachines();
    assert.deepEqual(machines.items[0]?.metadata, { a: "b" });
    assert.ok(machines.revision >= revision);
    assert.equal(
      (await client.getUnitStatus("web@1.service", { machine: "aaa" }))[0]?.text,
      `web@1.service on ${MACHINE_A}\n`,
    );
    assert.equal(
      await textOf(await client.getUnitJournal("web@1.service", { lines: 3 })),
      `web@1.service ${MACHINE_A} 3 false short\n`,
    );
    assert.deepEqual(await client.actOnUnit("web@1.service", { action: "kill", signal: "HUP", machine: "a" }), [
      {
        machineID: MACHINE_A,
        ok: true,
        message: `{"kind":"kill","signal":1,"whom":"all"} web@1.service ${MACHINE_A}`,
      },
    ]);
    assert.equal((await client.getVersion()).version, "1.2.3");
    assert.equal((await client.getOpenApi())["openapi"], "3.1.0");
    assert.ok((await client.destroyUnit("web@1.service")).revision > put.revision);
  });
}

test("a user without access to the socket learns how to get access", () => {
  const away = { endpoint: "unix:///a.sock", reason: "no such socket", isForbidden: false };
  const forbidden = { endpoint: "unix:///b.sock", reason: "permission denied", isForbidden: true };
  assert.match(
    noEndpointAnswered([forbidden]).message,
    /b\.sock: permission denied\); the socket needs the group fleet: run the command as root.*--groups fleet/,
  );
  assert.match(noEndpointAnswered([away, forbidden]).message, /check that fleetd runs there/);
});

test("a list of several pages is complete", async (t) => {
  const api = await testApi(t);
  const client = clientOf(t, [unix(api)]);
  const names = Array.from({ length: 1200 }, (_, n) => `u${String(n).padStart(4, "0")}.service`);
  await Promise.all(names.map((name) => client.putUnit(name, { file: FILE })));
  const { items, revision } = await client.listUnits();
  assert.deepEqual(
    items.map(({ name }) => name),
    names,
  );
  assert.ok(revision >= 1200);
});

test("an error has its id and its message", async (t) => {
  const client = clientOf(t, [unix(await testApi(t))]);
  await assert.rejects(client.getUnit("no.service"), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.status, error.id, error.code], [404, "unit-not-found", "unit-not-found"]);
    assert.match(error.message, /no\.service/);
    return true;
  });
  await assert.rejects(client.getUnitJournal("no.service"), { id: "unit-not-found" });
  await assert.rejects(client.watch({ from: 0 }).next(), { id: "bad-query" });
});

test("an unreachable endpoint is skipped, and the answering endpoint is used again", async (t) => {
  const api = await testApi(t);
  let asked = 0;
  const dies = await serverOf(t, (request) => {
    asked += 1;
    request.socket.destroy();
  });
  const client = clientOf(t, ["unix:///nowhere/fleet.sock", "http://127.0.0.1:1", dies, tcp(api)]);
  assert.equal((await client.getVersion()).machineID, MACHINE_A);
  assert.equal((await client.getVersion()).machineID, MACHINE_A);
  assert.equal(asked, 1);
});

test("if no endpoint answers, the error names each with its reason and what to do", async (t) => {
  const silent = createTcpServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.after(() => silent.close());
  const quiet = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const client = clientOf(t, ["unix:///nowhere/fleet.sock", "http://127.0.0.1:1", quiet], 100);
  await assert.rejects(client.getVersion(), (error) => {
    assert.ok(error instanceof EndpointError);
    assert.equal(error.failures.length, 3);
    assert.match(
      error.message,
      /unix:\/\/\/nowhere\/fleet\.sock: no such socket; http:\/\/127\.0\.0\.1:1: connection refused; .*no answer within 0\.1 s.*systemctl status fleet/,
    );
    return true;
  });
});

test("a malformed endpoint is refused", () => {
  for (const text of ["", "fleet.sock", "ftp://x", "unix://host/path", "unix://", "http://host/path"]) {
    assert.throws(() => openClient({ endpoints: [text], requestTimeoutMs: 1 }), { code: "bad-endpoint" }, text);
  }
});

test("an answer from another program is reported as not-fleetd", async (t) => {
  const client = clientOf(t, [await serverOf(t, (_, response) => response.writeHead(502).end("<html>"))]);
  await assert.rejects(client.getVersion(), { id: "not-fleetd", status: 502 });
  const page = clientOf(t, [await serverOf(t, (_, response) => response.writeHead(200).end("<html>"))]);
  await assert.rejects(page.listUnits(), { id: "not-fleetd", status: 200 });
  const fleetOne = '{"error":{"code":404,"message":""}}';
  const old = clientOf(t, [await serverOf(t, (_, response) => response.writeHead(404).end(fleetOne))]);
  await assert.rejects(old.listUnits(), { id: "not-fleetd", message: /fleet 1\.0's daemon/ });
});

test("a request on a stale pooled connection is sent again", async (t) => {
  let requests = 0;
  const endpoint = await serverOf(t, (request, response) => {
    requests += 1;
    // The second request is lost on the pooled connection of the first request.
    if (requests === 2) request.socket.destroy();
    else response.end("{}");
  });
  const client = clientOf(t, [endpoint]);
  await client.getVersion();
  await client.getVersion();
  assert.equal(requests, 3);
});

test("an incomplete answer is an error", async (t) => {
  const endpoint = await serverOf(t, (_, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("{");
    setImmediate(() => response.destroy());
  });
  await assert.rejects(clientOf(t, [endpoint]).getVersion(), { code: "connection-lost" });
});

test("a watch yields events and throws the error that ends it", async (t) => {
  const api = await testApi(t);
  const client = clientOf(t, [unix(api)]);
  const { revision } = await client.putUnit("a.service", { file: FILE });
  const events = client.watch({ from: revision });
  for (const kind of ["progress", "unit"]) {
    const event = await events.next();
    assert.equal(!event.done && event.value.kind, kind);
  }
  const next = events.next();
  await api.close();
  await assert.rejects(next, { id: "unavailable", status: 503 });
});

test("the caller's signal ends calls and streams with its reason", async (t) => {
  const api = await testApi(t);
  const client = clientOf(t, [unix(api)]);
  const stop = new AbortController();
  const events = client.watch({}, stop.signal);
  await events.next();
  const next = events.next();
  stop.abort(new Error("enough"));
  await assert.rejects(next, /enough/);
  await assert.rejects(client.getVersion(stop.signal), /enough/);
});

test("100 concurrent calls share a few connections", async (t) => {
  const sockets = new Set<unknown>();
  const endpoint = await serverOf(t, (request, response) => {
    sockets.add(request.socket);
    response.end("{}");
  });
  const client = clientOf(t, [endpoint]);
  await Promise.all(Array.from({ length: 100 }, () => client.getVersion()));
  assert.ok(sockets.size <= 16);
});

test("an action that reached a daemon is not repeated at another, and has a longer time limit", async (t) => {
  const asked: string[] = [];
  const dies = await serverOf(t, (request) => {
    asked.push("the one that dies");
    request.socket.destroy();
  });
  const done = Promise.withResolvers<void>();
  const slow = await serverOf(t, (_request, response) => {
    asked.push("the slow one");
    void done.promise.then(() => response.writeHead(200).end('{"results":[]}'));
  });
  const body = { action: "restart" } as const;
  await assert.rejects(clientOf(t, [dies, slow], 200).actOnUnit("a.service", body), EndpointError);
  assert.deepEqual(asked, ["the one that dies"]);
  const client = clientOf(t, ["unix:///nowhere/fleet.sock", slow], 200);
  const acting = client.actOnUnit("a.service", body);
  await assert.rejects(client.getVersion(), EndpointError);
  done.resolve();
  assert.deepEqual(await acting, []);
});
