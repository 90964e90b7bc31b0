import assert from "node:assert/strict";
import { connect } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { test } from "node:test";
import type { Logger } from "@flotilla/runtime";
import { limits } from "../contract/limits.ts";
import { MACHINE_A, type TestApi, testApi } from "./api.fixture.ts";
import { errorIn, FILE, placed } from "./v2/v2.fixture.ts";

const JSON_TYPE = "Content-Type: application/json\r\n";
const PATCH_V2 = `/fleet/v2/machines/${MACHINE_A}/metadata`;

/** Sends `request` unchanged, and returns all data until the connection closes. */
function say({ tcp }: TestApi, request: string | Buffer): Promise<string> {
  const socket = connect({ ...tcp, allowHalfOpen: true });
  socket.end(request);
  return textOf(socket);
}

function request(line: string, body: string | Buffer = "", headers = ""): Buffer {
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const head = `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${length}${headers}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(body)]);
}

/** A logger that fails the test at an error. */
const noFaults: Logger = {
  debug() {},
  info() {},
  warn() {},
  error: (message, fields) => assert.fail(`${message}: ${JSON.stringify(fields)}`),
  child: () => noFaults,
};

const deep = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const metadata = (key: string, value: unknown = "v"): string =>
  JSON.stringify([{ op: "add", path: `/${MACHINE_A}/metadata/${key}`, value }]);
const number = "9".repeat(400);

const rows: readonly (readonly [string, string | Buffer, number, string, RegExp])[] = [
  // The method and the head.
  ["QUERY", request("QUERY /fleet/v2/units"), 405, "method-not-allowed", /cannot use QUERY on .*; use GET, HEAD/],
  ["QUERY, with a body", request("QUERY /fleet/v1/units", "{}"), 405, "method-not-allowed", /QUERY/],
  ["PROPFIND on an unknown path", request("PROPFIND /x", "<x/>"), 404, "route-not-found", /no route \/x/],
  ["an unknown method", request("FROB /fleet/v2/units"), 501, "method-unknown", /not an HTTP method/],
  ["CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 405, "method-not-allowed", /not a proxy/],
  ["no HTTP", "hello\r\n\r\n", 501, "method-unknown", /not an HTTP method/],
  ["TLS to a plain port", Buffer.from("160301020001000001fc0303", "hex"), 501, "method-unknown", /not an HTTP method/],
  ["a URL of 20 kB", request(`GET /fleet/v2/units?name=${"x".repeat(20_000)}`), 431, "head-too-large", /16384 bytes/],
  [
    "a header of 20 kB",
    request("GET /fleet/v2/units", "", `X: ${"x".repeat(20_000)}\r\n`),
    431,
    "head-too-large",
    /head/,
  ],
  ["a header with a NUL byte", request("GET /fleet/v2/units", "", "X: a\0b\r\n"), 400, "bad-request", /HTTP/],
  ["two Content-Lengths", request("PUT /x", "{}", "Content-Length: 3\r\n"), 400, "bad-request", /HTTP/],
  [
    "an invalid Content-Length",
    "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n",
    400,
    "bad-request",
    /HTTP/,
  ],
  ["an expectation", request("PUT /x", "{}", "Expect: miracles\r\n"), 417, "expectation-failed", /miracles/],
  // The path and the query.
  ["percent without digits", request("GET /fleet/v2/units/%zz"), 400, "bad-request", /%zz/],
  ["half a character", request("GET /fleet/v2/units/%c3%28"), 400, "bad-request", /%c3%28/],
  ["a NUL byte in a name", request("GET /fleet/v2/units/a%00.service"), 404, "unit-not-found", /a.*service/],
  ["a name with a NUL byte", request("PUT /fleet/v2/units/a%00.service", "{}", JSON_TYPE), 400, "bad-unit-name", /a/],
  ["a name of 5,000", request(`GET /fleet/v2/units/${"x".repeat(5_000)}`), 400, "bad-request", /shorten/],
  [
    "a glob of stars",
    request(`GET /fleet/v2/units?name=${"*a".repeat(4_000)}%5b`),
    400,
    "bad-query",
    /name must be at most 1024/,
  ],
  ["a huge number", request(`GET /fleet/v2/units?limit=${number}`), 400, "bad-query", /limit/],
  ["a huge revision", request(`GET /fleet/v2/watch?from=${number}`), 400, "bad-query", /from/],
  ["__proto__ in a query", request("GET /fleet/v2/units?__proto__=1"), 400, "bad-query", /__proto__/],
  [
    "a machine with a slash",
    request("PATCH /fleet/v2/machines/a%2Fb/metadata", "{}", JSON_TYPE),
    400,
    "bad-request",
    /id/,
  ],
  // The body.
  ["deep JSON, v2", request(`PATCH ${PATCH_V2}`, deep(50), JSON_TYPE), 400, "bad-request", /more than 32 deep/],
  ["very deep JSON, v2", request(`PATCH ${PATCH_V2}`, deep(100_000), JSON_TYPE), 400, "bad-request", /more than 32/],
  ["deep JSON without its end", request(`PATCH ${PATCH_V2}`, "[".repeat(50_000), JSON_TYPE), 400, "bad-request", /32/],
  ["deep JSON, v1", request("PATCH /fleet/v1/machines", deep(20_000)), 400, "bad-request", /more than 32/],
  [
    "deep JSON in a field that v1 ignores",
    request("PUT /fleet/v1/units/a.service", `{"desiredState":"loaded","more":${deep(5_000)}}`, JSON_TYPE),
    400,
    "bad-request",
    /more than 32/,
  ],
  [
    "as many values as bytes",
    request("PATCH /fleet/v1/machines", `[${"0,".repeat(110_000)}0]`),
    400,
    "bad-request",
    /50000/,
  ],
  [
    "compressed",
    request(`PATCH ${PATCH_V2}`, "{}", `${JSON_TYPE}Content-Encoding: gzip\r\n`),
    415,
    "unsupported-media-type",
    /gzip/,
  ],
  ["two types", request(`PATCH ${PATCH_V2}`, "{}", JSON_TYPE + JSON_TYPE), 415, "unsupported-media-type", /JSON/],
  [
    "an invalid Content-Type",
    request(`PATCH ${PATCH_V2}`, "{}", "Content-Type: /\r\n"),
    415,
    "unsupported-media-type",
    /./,
  ],
  ["no UTF-8", request("PATCH /fleet/v1/machines", Buffer.from("ff", "hex")), 400, "bad-json", /UTF-8/],
  [
    "half a character, escaped",
    request("PATCH /fleet/v1/machines", metadata("k", "\ud800")),
    400,
    "bad-request",
    /surrogate/,
  ],
  [
    "half a character, v2",
    request(`PATCH ${PATCH_V2}`, '{"set":{"k":"\\ud800"}}', JSON_TYPE),
    400,
    "bad-request",
    /surrogate/,
  ],
  ["__proto__", request(`PATCH ${PATCH_V2}`, '{"set":{"__proto__":"v"}}', JSON_TYPE), 400, "bad-request", /__proto__/],
  [
    "__proto__, escaped",
    request(`PATCH ${PATCH_V2}`, '{"set":{"\\u005F_proto__":"v"}}', JSON_TYPE),
    400,
    "bad-request",
    /__proto__/,
  ],
  [
    "__proto__, unset",
    request(`PATCH ${PATCH_V2}`, '{"unset":["__proto__"]}', JSON_TYPE),
    400,
    "bad-request",
    /unset\[0\] .*__proto__/,
  ],
  [
    "__proto__, reset",
    request(`PATCH ${PATCH_V2}`, '{"reset":["__proto__"]}', JSON_TYPE),
    400,
    "bad-request",
    /reset\[0\] .*__proto__/,
  ],
  ["__proto__, v1", request("PATCH /fleet/v1/machines", metadata("__proto__")), 400, "bad-request", /__proto__/],
  ["a huge number for text", request("PATCH /fleet/v1/machines", `[${number}]`), 400, "bad-request", /must be/],
  ["a long key", request("PATCH /fleet/v1/machines", metadata("k".repeat(257))), 400, "bad-request", /256 for the key/],
  [
    "a long value",
    request("PATCH /fleet/v1/machines", metadata("k", "v".repeat(4_097))),
    400,
    "bad-request",
    /at most 4096/,
  ],
];

test("hostile requests get errors of the API, and none is an internal error", async (t) => {
  const api = await testApi(t, { log: noFaults });
  await placed(api);
  for (const [what, said, status, id, sentence] of rows) {
    const answer = await say(api, said);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), `${what}: ${answer}`);
    assert.match(answer, /\r\ncontent-type: application\/json\r\n/i, what);
    const json = JSON.parse(answer.slice(answer.indexOf("{"), answer.lastIndexOf("}") + 1)) as unknown;
    const error = errorIn({ json } as never);
    assert.equal(error.id, id, what);
    assert.match(error.message, sentence, what);
  }
});

test("a body in very many parts counts with what each part costs", async (t) => {
  const api = await testApi(t, { log: noFaults });
  const head = `PATCH ${PATCH_V2} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n`;
  const parts = Math.ceil(limits.allBodiesBytes / 256);
  assert.ok(parts < limits.metadataBodyBytes);
  assert.match(await say(api, `${head}${"1\r\n \r\n".repeat(parts)}0\r\n\r\n`), /^HTTP\/1\.1 503 .*"id":"busy"/s);
});

test("unusual but valid requests succeed", async (t) => {
  const api = await testApi(t, { log: noFaults });
  const set = Object.fromEntries(["constructor", "toString", "a.b-c_d"].map((key) => [key, "v"]));
  const body = JSON.stringify({ set });
  const chunked =
    `PATCH ${PATCH_V2} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n${JSON_TYPE}` +
    `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  assert.match(await say(api, chunked), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 204 /);
  await placed(api, FILE);
  const { json } = await api.call("GET", "/fleet/v1/machines");
  const [machine] = (json as { machines: { metadata: object }[] }).machines;
  assert.deepEqual(machine?.metadata, set);
});
