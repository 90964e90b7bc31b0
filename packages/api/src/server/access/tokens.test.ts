import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { text as textOf } from "node:stream/consumers";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { parseToken, tokenHash } from "@flotilla/access";
import { FlotillaError, type LogFields, type Logger, silentLogger } from "@flotilla/runtime";
import { fakeInspector, open, testApi, until } from "../api.fixture.ts";
import { errorIn, placed } from "../v2/v2.fixture.ts";
import { AUTHORITY, FakeTokens, PIN } from "./access.fixture.ts";
import type { AccessRecord } from "./guard.ts";

const TOKENS = "/fleet/v2/tokens";

class Revoked extends FlotillaError {
  readonly code = "token-ended";
}

test("a created token has the pin of the authority, its secret is shown once, and it is revoked by name", async (t) => {
  const api = await testApi(t);
  const body = { kind: "api", name: "ci", role: "deployer", units: ["web*"], admit: "unprivileged", ttlSeconds: 60 };
  const { status, json } = await api.call("POST", TOKENS, { body });
  assert.equal(status, 201);
  const { token, secret } = json as { token: { id: string; createdAt: string; expiresAt: string }; secret: string };
  const parsed = parseToken(secret) ?? assert.fail();
  assert.equal(parsed.pin, createHash("sha256").update(new X509Certificate(AUTHORITY).raw).digest("hex"));
  assert.equal(parsed.id, token.id);
  assert.equal(Date.parse(token.expiresAt) - Date.parse(token.createdAt), 60_000);
  const stored = await api.store.range({ prefix: "token/" });
  assert.match(stored.entries[0]?.value ?? "", new RegExp(tokenHash(parsed.secret)));
  const listed = await api.call("GET", TOKENS);
  assert.deepEqual(listed.json, { tokens: [token] });
  assert.ok(!listed.text.includes(parsed.secret) && !JSON.stringify(stored).includes(parsed.secret));
  assert.equal(errorIn(await api.call("POST", TOKENS, { body })).id, "token-refused");
  assert.equal((await api.call("DELETE", `${TOKENS}/ci`)).status, 204);
  assert.equal(errorIn(await api.call("DELETE", `${TOKENS}/ci`)).id, "token-not-found");
});

for (const [body, message] of [
  [{ role: "deployer" }, /needs the patterns/],
  [{ role: "deployer", units: ["*"], admit: "unprivileged" }, /begins with a wildcard/],
  [{ role: "viewer", units: ["web*"] }, /units limits a deployer, not a token with the role viewer/],
  [{ role: "god" }, /role must be one of viewer, operator, deployer, admin/],
  [{ role: "viewer", name: "-x" }, /must be a name of/],
  [{ role: "viewer", ttlSeconds: 0 }, /ttlSeconds must be at least 1/],
] as const)
  test(`a token is refused: ${JSON.stringify(body)}`, async (t) => {
    const api = await testApi(t);
    const reply = await api.call("POST", TOKENS, { body: { kind: "api", name: "ci", ...body } });
    assert.equal(errorIn(reply).id, "bad-request");
    assert.match(errorIn(reply).message, message);
  });

test("a join token has an end, uses and metadata, and a name of its own by default", async (t) => {
  const api = await testApi(t);
  const body = { kind: "join", ttlSeconds: 60, uses: 2, metadata: { zone: "a" }, server: false };
  const { status, json } = await api.call("POST", TOKENS, { body });
  assert.equal(status, 201);
  const { token, secret } = json as { token: Record<string, unknown>; secret: string };
  const { id, createdAt, expiresAt, ...fields } = token;
  assert.deepEqual(fields, {
    kind: "join",
    name: `join-${String(id)}`,
    usesLeft: 2,
    metadata: { zone: "a" },
    server: false,
  });
  assert.equal(Date.parse(String(expiresAt)) - Date.parse(String(createdAt)), 60_000);
  const [stored] = (await api.store.range({ prefix: "token/" })).entries;
  assert.equal((JSON.parse(stored?.value ?? "") as { hash: string }).hash, tokenHash(secret.split(".")[3] ?? ""));
  const endless = await api.call("POST", TOKENS, { body: { ...body, ttlSeconds: undefined } });
  assert.match(errorIn(endless).message, /ttlSeconds/);
});

test("a token that cannot be accepted: 401 with a reason and WWW-Authenticate", async (t) => {
  const tokens = new FakeTokens();
  const { authorization } = tokens.add({ role: "viewer" });
  const api = await testApi(t, { tokens, entrance: { kind: "tls" } });
  const get = (value: string) => api.call("GET", "/fleet/v2/units", { headers: { authorization: value } });
  assert.equal((await get(authorization)).status, 200);
  assert.equal((await get(authorization.replace("Bearer", "bearer "))).status, 200);
  for (const [value, message] of [
    ["", /cannot parse the header Authorization/],
    ["Basic YTpi", /cannot parse/],
    [`${authorization}x`, /cannot parse/],
    [authorization.replace(/.$/, "x"), /ID viewer0000 is unknown, was revoked or has expired/],
    [`Bearer fleet1.${PIN}.abcdefghij.${"v".repeat(43)}`, /ID abcdefghij is unknown/],
  ] as const) {
    const reply = await get(value);
    assert.equal(reply.status, 401);
    assert.equal(reply.headers["www-authenticate"], "Bearer");
    assert.match(errorIn(reply).message, message);
    assert.ok(!reply.text.includes("vvvvvvvv"), "no secret in the answer");
  }
  tokens.isKnown = false;
  assert.equal((await get(authorization)).status, 503);
});

test("a watch and a followed journal of a revoked token end with the reason", async (t) => {
  const tokens = new FakeTokens();
  const headers = tokens.add({ role: "admin" });
  const journal = new PassThrough();
  const inspector = { ...fakeInspector, status: () => assert.fail(), journal: async () => journal };
  const api = await testApi(t, { tokens, inspector, entrance: { kind: "tls" } });
  await placed({ ...api, call: (method, path, request) => api.call(method, path, { ...request, headers }) });
  const watch = await open(api.tcp, { path: "/fleet/v2/watch", headers });
  const followed = await open(api.tcp, { path: "/fleet/v2/units/a.service/journal?follow=true", headers });
  journal.write("line\n");
  const texts = [textOf(watch), textOf(followed).catch((error: unknown) => String(error))] as const;
  tokens.end("admin", new Revoked("the token was revoked; use another token"));
  const [last = ""] = (await texts[0]).trim().split("\n").slice(-1);
  assert.deepEqual(JSON.parse(last), {
    kind: "error",
    error: { code: 401, id: "unauthenticated", message: "the token was revoked; use another token" },
  });
  assert.match(await texts[1], /line|aborted/);
  assert.ok(journal.destroyed);
});

test("thousands of failed tokens make few log entries", async (t) => {
  const entries: (LogFields | undefined)[] = [];
  const log: Logger = { ...silentLogger, warn: (_message, fields) => void entries.push(fields) };
  const api = await testApi(t, { tokens: new FakeTokens(), log, entrance: { kind: "tls" } });
  const fail = () => api.call("GET", "/fleet/v2/units");
  for (let round = 0; round < 20; round += 1) await Promise.all(Array.from({ length: 50 }, fail));
  await api.clock.advance(10_000);
  await fail();
  assert.deepEqual(
    entries.map((fields) => fields?.["earlierOnes"]),
    [0, 999],
  );
});

test("changes and refusals are told with caller, verb, unit, result and revision, and reads are not", async (t) => {
  const tokens = new FakeTokens();
  const [viewer, admin] = [tokens.add({ role: "viewer" }), tokens.add({ role: "admin" })];
  const records: AccessRecord[] = [];
  const onAccess = (record: AccessRecord): void => void records.push(record);
  const api = await testApi(t, { tokens, onAccess, entrance: { kind: "tls" } });
  const path = "/fleet/v2/units/a.service";
  const body = { file: "[Service]\nExecStart=/bin/true\n", desiredState: "launched" };
  await api.call("GET", `${path}?x=1`, { headers: viewer });
  await api.call("PUT", path, { body, headers: viewer });
  const done = await api.call("PUT", path, { body, headers: admin });
  await api.call("GET", path);
  await until(() => records.length === 3);
  const told = records.map(({ caller, demands, status, revision }) => ({
    who: caller?.kind === "token" ? caller.name : undefined,
    did: demands.map(({ verb, unit }) => `${verb} ${unit}`),
    status,
    revision,
  }));
  assert.deepEqual(told, [
    { who: "viewer", did: ["submit a.service"], status: 403, revision: undefined },
    {
      who: "admin",
      did: ["submit a.service", "start a.service"],
      status: 201,
      revision: Number(done.headers["fleet-revision"]),
    },
    { who: undefined, did: [], status: 401, revision: undefined },
  ]);
  assert.match(records[0]?.refusal ?? "", /right "submit a\.service" is missing/);
  assert.equal(records[1]?.refusal, undefined);
});

test("the creation of a token is told with the path of the token", async (t) => {
  const records: AccessRecord[] = [];
  const api = await testApi(t, { onAccess: (record) => void records.push(record) });
  const body = { kind: "api", name: "ci@shop", role: "viewer" };
  const { headers } = await api.call("POST", TOKENS, { body });
  await api.call("POST", TOKENS, { body });
  await until(() => records.length === 2);
  assert.equal(headers["location"], `${TOKENS}/ci%40shop`);
  assert.deepEqual(
    records.map(({ path, status }) => [path, status]),
    [
      [`${TOKENS}/ci%40shop`, 201],
      [TOKENS, 409],
    ],
  );
});

test("can-i and whoami answer for the caller", async (t) => {
  const tokens = new FakeTokens();
  const grant = { role: "deployer", units: ["web*"], machineMetadata: { zone: "a" }, users: [] } as const;
  const headers = tokens.add(grant);
  const api = await testApi(t, { tokens, entrance: { kind: "tls" } });
  const get = async (path: string) => (await api.call("GET", `/fleet/v2/${path}`, { headers })).json;
  assert.deepEqual(await get("can-i?verb=start&unit=web.service"), { allowed: true });
  assert.deepEqual(await get("can-i?verb=tokens"), {
    allowed: false,
    reason:
      'the right "tokens" is missing: token deployer (deployer) has a role without it; use a token with the role admin',
  });
  assert.deepEqual(await get("whoami"), { kind: "token", name: "deployer", ...grant });
});

test("a request that an agent forwarded is told with the agent, and with the token's caller", async (t) => {
  const tokens = new FakeTokens();
  const headers = tokens.add({ role: "admin" });
  const records: AccessRecord[] = [];
  const onAccess = (record: AccessRecord): void => void records.push(record);
  const entrance = { kind: "machine", machineID: "b".repeat(32) } as const;
  const api = await testApi(t, { tokens, onAccess, entrance });
  await api.call("DELETE", "/fleet/v2/units/a.service", { headers });
  await until(() => records.length === 1);
  assert.deepEqual([records[0]?.via, records[0]?.caller?.kind], [entrance.machineID, "token"]);
});
