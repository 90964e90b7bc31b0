import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { MOST_EDITED_BYTES, MOST_SETTINGS_BYTES, MOST_TOKENS } from "@flotilla/registry";
import type { ErrorId } from "../contract/error-ids.ts";
import type { ErrorAnswer } from "../contract/v2/error.ts";
import { limits } from "../contract/limits.ts";
import { fakeInspector, MACHINE_A, open, type TestApi, testApi } from "./api.fixture.ts";
import { createHttpServer } from "./http-server.ts";
import { placed } from "./v2/v2.fixture.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../../../docs/reference/limits.md"), "utf8");

const UNIT = "/fleet/v2/units/a.service";
const METADATA = `/fleet/v2/machines/${MACHINE_A}/metadata`;
const PLAN = "/fleet/v2/plan";
const MACHINES = "/fleet/v1/machines";

/** A row of the page's table: what is limited, the limit on the page, the error, and an attempt to exceed the limit. */
type Row = readonly [
  what: string,
  limit: string,
  id: ErrorId,
  exceed: (t: TestContext, api: TestApi) => Promise<Refusal>,
];

/** The error that a client gets. */
interface Refusal {
  readonly id: string;
  readonly message: string;
}

const rows: readonly Row[] = [
  ["The head of a request, with its URL", kib(limits.headBytes), "head-too-large", url(limits.headBytes)],
  [
    "Time for the head of a request",
    seconds(limits.headMs),
    "request-timeout",
    (t) => late(t, "GET / HTTP/1.1\r\nX: "),
  ],
  [
    "Time for a whole request, without its answer",
    seconds(limits.requestMs),
    "request-timeout",
    (t) => late(t, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"),
  ],
  ["Body of `PUT` of a unit", mib(limits.unitBodyBytes), "body-too-large", body("PUT", UNIT, limits.unitBodyBytes)],
  [
    "Body of `PATCH /fleet/v1/machines`",
    mib(limits.patchBodyBytes),
    "body-too-large",
    body("PATCH", MACHINES, limits.patchBodyBytes),
  ],
  [
    "Body of `PUT` of a secret",
    kib(limits.secretBodyBytes),
    "body-too-large",
    body("PUT", "/fleet/v2/secrets/db", limits.secretBodyBytes),
  ],
  ["Body of `POST /plan`", mib(limits.planBodyBytes), "body-too-large", body("POST", PLAN, limits.planBodyBytes)],
  [
    "Units of one plan",
    count(limits.planUnits),
    "bad-request",
    plan(Array.from({ length: limits.planUnits + 1 }, (_, index) => `u${index}.service`)),
  ],
  [
    "Body of `PATCH` of a machine's metadata",
    kib(limits.metadataBodyBytes),
    "body-too-large",
    body("PATCH", METADATA, limits.metadataBodyBytes),
  ],
  ["Any other body", kib(limits.bodyBytes), "body-too-large", body("POST", `${UNIT}/actions`, limits.bodyBytes)],
  ["All bodies that a daemon holds at one time", mib(limits.allBodiesBytes), "busy", manyBodies],
  ["Depth of JSON", `${limits.jsonDepth}`, "bad-request", put("[".repeat(limits.jsonDepth + 1))],
  ["Names and values in a body", count(limits.jsonValues), "bad-request", put(`[0${",0".repeat(limits.jsonValues)}]`)],
  [
    "Names in one object of a body",
    count(limits.jsonNames),
    "bad-request",
    put(
      `{"a":[{}${Array.from({ length: limits.jsonNames }, (_, index) => `,{"k${index}":{}}`).join("")}],"b":{${Array.from({ length: limits.jsonNames + 1 }, (_, index) => `"k${index}":1`).join()}}}`,
    ),
  ],
  [
    "Bytes of a body outside of quotes",
    mib(limits.jsonBareBytes),
    "bad-request",
    put(`{"${"a".repeat(1000)}":${" ".repeat(limits.jsonBareBytes)}1}`),
  ],
  [
    "Operations of `PATCH /fleet/v1/machines`",
    count(limits.patchOperations),
    "bad-request",
    patch(limits.patchOperations + 1, (index) => `${MACHINE_A}/metadata/k${index}`),
  ],
  [
    "Machines of `PATCH /fleet/v1/machines`",
    count(limits.patchMachines),
    "bad-request",
    patch(limits.patchMachines + 1, (index) => `m${index}/metadata/k`),
  ],
  [
    "A machine's ID",
    `${limits.machineIDCharacters} characters`,
    "bad-request",
    set({}, "m".repeat(limits.machineIDCharacters + 1)),
  ],
  [
    "The reason of a cordon, a drain or a move",
    `${limits.reasonCharacters} characters`,
    "bad-request",
    upkeep("cordon", { reason: "x".repeat(limits.reasonCharacters + 1) }),
  ],
  [
    "Seconds until the deadline or the end of a drain",
    count(limits.drainSeconds),
    "bad-request",
    upkeep("drain", { untilSeconds: limits.drainSeconds + 1 }),
  ],
  [
    "Moves of one rebalance",
    count(limits.balancingMoves),
    "bad-request",
    async (_t, api) =>
      refusalOf(await api.call("POST", "/fleet/v2/rebalance", { body: { most: limits.balancingMoves + 1 } })),
  ],
  [
    "Key of metadata",
    `${limits.metadataKeyCharacters} characters`,
    "bad-request",
    set({ ["k".repeat(limits.metadataKeyCharacters + 1)]: "v" }),
  ],
  [
    "Value of metadata",
    `${count(limits.metadataValueCharacters)} characters`,
    "bad-request",
    set({ k: "v".repeat(limits.metadataValueCharacters + 1) }),
  ],
  [
    "Keys to `set`, `unset` or `reset` at once",
    count(limits.metadataEdits),
    "bad-request",
    set(Object.fromEntries(Array.from({ length: limits.metadataEdits + 1 }, (_, index) => [`k${index}`, "v"]))),
  ],
  [
    "Metadata set for one machine",
    kib(MOST_SETTINGS_BYTES),
    "settings-too-large",
    set(settingsOf(MOST_SETTINGS_BYTES)),
  ],
  ["A token's name", `${limits.tokenNameCharacters} characters`, "bad-request", token({ name: "x".repeat(65) })],
  [
    "Patterns, pairs of metadata, and users of one token",
    `${limits.tokenUnits} each`,
    "bad-request",
    token({ role: "deployer", units: Array.from({ length: 65 }, (_, index) => `u${index}`) }),
  ],
  [
    "Seconds until a token expires",
    count(limits.tokenTtlSeconds),
    "bad-request",
    token({ ttlSeconds: limits.tokenTtlSeconds + 1 }),
  ],
  [
    "Machines that may join with one token",
    count(limits.tokenUses),
    "bad-request",
    async (_t, api) => {
      const body = { kind: "join", ttlSeconds: 60, uses: limits.tokenUses + 1, metadata: {}, server: false };
      return refusalOf(await api.call("POST", "/fleet/v2/tokens", { body }));
    },
  ],
  ["Tokens of a cluster", count(MOST_TOKENS), "token-refused", oneTokenMore],
  ["Metadata of all machines of one request", mib(MOST_EDITED_BYTES), "settings-too-large", editMany],
  [
    "A glob over names, `?name=`",
    `${count(limits.globCharacters)} characters`,
    "bad-query",
    async (_t, api) =>
      refusalOf(await api.call("GET", `/fleet/v2/units?name=${"x".repeat(limits.globCharacters + 1)}`)),
  ],
  [
    "A name or an ID in the path",
    `${count(limits.pathPartCharacters)} characters`,
    "bad-request",
    async (_t, api) => refusalOf(await api.call("GET", `/fleet/v2/units/${"x".repeat(limits.pathPartCharacters + 1)}`)),
  ],
  ["Open connections of a socket", count(limits.connections), "busy", oneConnectionMore],
  [
    "Watch streams of a daemon",
    count(limits.watchStreams),
    "busy",
    oneStreamMore("/fleet/v2/watch", limits.watchStreams),
  ],
  [
    "Streams of events of a daemon",
    count(limits.eventStreams),
    "busy",
    oneStreamMore("/fleet/v2/events/watch", limits.eventStreams),
  ],
  [
    "Journals that are read through a daemon",
    count(limits.journalStreams),
    "busy",
    oneStreamMore(`${UNIT}/journal?follow=true`, limits.journalStreams),
  ],
];

test("docs/reference/limits.md has each limit of the API with its value", () => {
  const [, section = ""] = PAGE.split("## Requests\n");
  const [table = ""] = section.split("\n## ");
  const onPage = [...table.matchAll(/^\| (.+?) \| (.+?) \| .+? \| `(.+?)` \| .+ \|$/gm)].map((row) => row.slice(1));
  assert.deepEqual(
    onPage.slice(0),
    rows.map(([what, limit, id]) => [what, limit, id]),
  );
});

for (const [what, limit, id, exceed] of rows) {
  test(`one more is refused with a message: ${what} (${limit})`, async (t) => {
    const { id: actual, message } = await exceed(t, await testApi(t));
    assert.equal(actual, id, message);
    assert.match(message, /^[^A-Z][^]{20,400}[^.]$/);
    assert.match(message, /\b\d/, "the limit");
  });
}

function token(fields: object): Row[3] {
  const body = { kind: "api", name: "ci", role: "viewer", ...fields };
  return async (_t, api) => refusalOf(await api.call("POST", "/fleet/v2/tokens", { body }));
}

async function oneTokenMore(t: TestContext, api: TestApi): Promise<Refusal> {
  for (let index = 0; index < MOST_TOKENS; index += 1) await api.put(`token/${String(index).padStart(10, "0")}`, {});
  return token({})(t, api);
}

function kib(bytes: number): string {
  return `${bytes / 1024} KiB`;
}

function mib(bytes: number): string {
  return `${bytes / 1024 / 1024} MiB`;
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}

function count(number: number): string {
  return number.toLocaleString("en");
}

function refusalOf({ json }: { readonly json: unknown }): Refusal {
  return (json as ErrorAnswer | undefined)?.error ?? { id: "none", message: JSON.stringify(json) };
}

function url(bytes: number): Row[3] {
  return async (_t, api) => refusalOf(await api.call("GET", `/fleet/v2/units?name=${"x".repeat(bytes)}`));
}

function body(method: string, path: string, bytes: number): Row[3] {
  return async (_t, api) => refusalOf(await api.call(method, path, { body: " ".repeat(bytes + 1) }));
}

function put(text: string): Row[3] {
  return async (_t, api) => refusalOf(await api.call("PUT", UNIT, { body: text }));
}

function plan(names: readonly string[]): Row[3] {
  const units = names.map((name) => ({ name }));
  return async (_t, api) => refusalOf(await api.call("POST", PLAN, { body: { units } }));
}

function upkeep(what: "cordon" | "drain", body: object): Row[3] {
  return async (_t, api) => refusalOf(await api.call("PUT", `/fleet/v2/machines/${MACHINE_A}/${what}`, { body }));
}

function set(values: Readonly<Record<string, string>>, machine = MACHINE_A): Row[3] {
  return async (_t, api) =>
    refusalOf(await api.call("PATCH", `/fleet/v2/machines/${machine}/metadata`, { body: { set: values } }));
}

/** Returns metadata of slightly more than `bytes`. */
function settingsOf(bytes: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: bytes / 1024 }, (_, index) => [`k${index}`, "v".repeat(1024)]));
}

function patch(operations: number, pathOf: (index: number) => string): Row[3] {
  const list = Array.from({ length: operations }, (_, index) => ({ op: "add", path: `/${pathOf(index)}`, value: "v" }));
  return async (_t, api) => refusalOf(await api.call("PATCH", MACHINES, { body: list }));
}

/** Edits little metadata of many machines that have much metadata. */
async function editMany(_t: TestContext, api: TestApi): Promise<Refusal> {
  const machines = Array.from({ length: MOST_EDITED_BYTES / MOST_SETTINGS_BYTES + 1 }, (_, index) => `m${index}`);
  for (const machine of machines)
    await api.put(`machine-settings/${machine}`, { metadata: settingsOf(MOST_SETTINGS_BYTES - 2048) });
  return patch(machines.length, (index) => `m${index}/metadata/k`)(_t, api);
}

/** Sends as many bodies as fit without their last byte, then announces another body. */
async function manyBodies(t: TestContext, api: TestApi): Promise<Refusal> {
  const bytes = limits.unitBodyBytes;
  const sockets: Socket[] = [];
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  const begin = (part: Buffer): Socket => {
    const head = `PUT ${UNIT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`;
    const socket = connect(api.tcp);
    sockets.push(socket);
    socket.write(Buffer.concat([Buffer.from(head), part]));
    return socket;
  };
  const part = Buffer.alloc(bytes - 1, " ");
  for (let held = bytes; held <= limits.allBodiesBytes; held += bytes) begin(part);
  for (const deadline = performance.now() + 30_000; performance.now() < deadline;) {
    const asking = begin(Buffer.alloc(1, " "));
    const [answer] = (await Promise.race([once(asking, "data"), delay(50, [])])) as Buffer[];
    if (answer) return refusalIn(String(answer));
    asking.destroy();
  }
  throw new Error("the daemon did not receive all bodies in time");
}

/** Sends only `text` to a server with a time limit of 50 ms for requests. */
async function late(t: TestContext, text: string): Promise<Refusal> {
  const short = { headMs: 50, requestMs: 50, checkMs: 10, connections: 10 };
  const server = createHttpServer(() => {}, short);
  const socket = await connected(t, server);
  socket.write(text);
  return refusalIn(await textOf(socket));
}

async function oneConnectionMore(t: TestContext): Promise<Refusal> {
  const few = { headMs: 1_000, requestMs: 1_000, checkMs: 1_000, connections: 1 };
  const server = createHttpServer((_request, response) => void response.end("served"), few);
  const first = await connected(t, server);
  const second = await connected(t, server);
  second.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const words = refusalIn(await textOf(second));
  first.end("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  assert.match(await textOf(first), /served/);
  const third = await connected(t, server);
  third.end("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  assert.match(await textOf(third), /served/, "a closed connection frees its place");
  return words;
}

/** Opens `most` streams; the next stream is refused until one of them ends. */
function oneStreamMore(path: string, most: number): Row[3] {
  return async (t) => {
    const inspector = { ...fakeInspector, status: () => assert.fail(), journal: async () => new PassThrough() };
    const api = await testApi(t, { inspector });
    await placed(api);
    const agent = new Agent({ maxSockets: Infinity });
    t.after(() => agent.destroy());
    const begin = (): Promise<IncomingMessage> => open({ ...api.tcp, agent }, { path });
    const streams = await Promise.all(Array.from({ length: most }, begin));
    const refused = await begin();
    assert.equal(refused.headers["retry-after"], "1");
    const answer = { json: JSON.parse(await textOf(refused)) as unknown };
    streams[0]?.destroy();
    for (let again = await begin(); again.statusCode === 503; again = await begin()) again.resume();
    return refusalOf(answer);
  };
}

async function connected(t: TestContext, server: Server): Promise<Socket> {
  if (!server.listening) {
    await once(server.listen(0, "127.0.0.1"), "listening");
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
  }
  const socket = connect({ port: (server.address() as AddressInfo).port, allowHalfOpen: true });
  const taken = once(server, "connection");
  await Promise.all([once(socket, "connect"), taken]);
  return socket;
}

function refusalIn(answer: string): Refusal {
  return refusalOf({ json: JSON.parse(answer.slice(answer.indexOf("{"), answer.lastIndexOf("}") + 1)) });
}
