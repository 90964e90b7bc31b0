import assert from "node:assert/strict";
import { connect, type NetConnectOpts } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { test } from "node:test";
import { fakeInspector, type TestApi, testApi, until } from "./api.fixture.ts";
import type { UnitInspector } from "./ports.ts";
import { FILE, placed, UNIT } from "./v2/v2.fixture.ts";

const WATCH = "/fleet/v2/watch";

/** Sends a request and closes this side, as `printf … | nc -N` does; returns all data until the server closes. */
function sayAll(where: NetConnectOpts, request: string): Promise<string> {
  const socket = connect({ ...where, allowHalfOpen: true });
  socket.end(request);
  return textOf(socket);
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

const inspectorWith = (journal: UnitInspector["journal"]): UnitInspector => ({
  ...fakeInspector,
  // A delayed answer, so that the client's end arrives first.
  status: (_machine, unit) => new Promise((resolve) => setImmediate(resolve, { code: 0, text: unit })),
  journal,
});

const doors: readonly (readonly [string, (api: TestApi) => NetConnectOpts])[] = [
  ["the unix socket", ({ unix }) => ({ path: unix.socketPath })],
  ["TCP", ({ tcp }) => tcp],
];

for (const [door, where] of doors) {
  test(`a client that has closed its side gets an answer, by ${door}`, async (t) => {
    const api = await testApi(t, { inspector: inspectorWith(async () => Readable.from(["the journal\n"])) });
    await placed(api);
    const body = JSON.stringify({ file: FILE });
    const put = `PUT /fleet/v2/units/b.service HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    assert.match(await sayAll(where(api), get("/fleet/v1/units")), /^HTTP\/1\.1 200 [^]*a\.service/);
    assert.match(await sayAll(where(api), get(`${UNIT}/status`)), /^HTTP\/1\.1 200 [^]*a\.service/);
    assert.match(await sayAll(where(api), get(`${UNIT}/journal`)), /the journal\n/);
    assert.match(await sayAll(where(api), put), /^HTTP\/1\.1 201 /);
    assert.match(await sayAll(where(api), get("/fleet/v1/units") + get("/fleet/v1/machines")), /units[^]*machines/);
  });

  test(`an endless stream ends when its reader closes its side, by ${door}`, async (t) => {
    const journals: PassThrough[] = [];
    let open = 0;
    const api = await testApi(t, {
      inspector: inspectorWith(async () => {
        const journal = new PassThrough();
        journals.push(journal);
        return journal;
      }),
      onRequest: (_method, route) => {
        if (route === WATCH) open += 1;
        return () => {
          if (route === WATCH) open -= 1;
        };
      },
    });
    await placed(api);
    await sayAll(where(api), get(`${UNIT}/journal?follow=true`));
    await sayAll(where(api), get(WATCH));
    await until(() => open === 0 && journals.every(({ destroyed }) => destroyed));

    const [reader, watcher] = [connect(where(api)), connect(where(api))];
    reader.write(get(`${UNIT}/journal?follow=true`));
    watcher.write(get(WATCH));
    await until(() => open === 1 && journals.at(-1)?.destroyed === false);
    for (const socket of [reader, watcher]) socket.destroy();
    await until(() => open === 0 && journals.every(({ destroyed }) => destroyed));
  });
}
