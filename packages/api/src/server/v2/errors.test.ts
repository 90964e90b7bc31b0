import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreUnavailableError } from "@flotilla/store";
import type { Call } from "@flotilla/store/memory";
import { errorStatus } from "../../contract/error-ids.ts";
import { MACHINE_A, testApi } from "../api.fixture.ts";
import { errorIn, FILE, UNIT } from "./v2.fixture.ts";

/** A name that fleet accepts and no machine can load. */
const NAME_OF_256 = `${"x".repeat(248)}.service`;

test("every error has its id, its status and a message that names the problem", async (t) => {
  const api = await testApi(t);
  await api.call("PUT", UNIT, { body: { file: FILE } });
  const rows: readonly (readonly [string, string, unknown, string, RegExp])[] = [
    ["GET", "/units/no.service", undefined, "unit-not-found", /no\.service/],
    ["GET", "/units/no.service/file", undefined, "unit-not-found", /no\.service/],
    ["DELETE", "/units/no.service", undefined, "unit-not-found", /no\.service/],
    ["PUT", "/units/no.service", { desiredState: "launched" }, "unit-not-found", /submit/],
    ["PUT", "/units/no@1.service", { desiredState: "launched" }, "unit-not-found", /no@1\.service/],
    ["GET", "/units/no.service/status", undefined, "unit-not-found", /no\.service/],
    ["GET", "/units/a.service/status", undefined, "not-placed", /inactive/],
    ["GET", "/units/a.service/journal", undefined, "not-placed", /inactive/],
    ["GET", "/units/a.service/journal?lines=-1", undefined, "bad-query", /lines must be at least 0/],
    ["GET", "/units/a.service/journal?lines=1000001", undefined, "bad-query", /lines must be at most 1000000/],
    ["GET", "/units/a.service/journal?lines=x", undefined, "bad-query", /lines must be a number/],
    ["GET", "/units/a.service/journal?output=pretty", undefined, "bad-query", /output must be one of short,/],
    ["GET", "/units/a.service/journal?follow=1", undefined, "bad-query", /follow must be one of true, false/],
    ["GET", "/units?limit=0", undefined, "bad-query", /limit must be at least 1/],
    ["GET", "/units?limit=1001", undefined, "bad-query", /limit must be at most 1000/],
    ["GET", "/units?limt=5", undefined, "bad-query", /unknown field limt in the query.*limit, pageToken, name/],
    ["GET", "/units?name=a&name=b", undefined, "bad-query", /name must be a string/],
    ["GET", "/units?pageToken=bogus", undefined, "bad-page-token", /bogus/],
    ["GET", "/machines?pageToken=dW5pdHMKYQ", undefined, "bad-page-token", /cannot use page token .* for this list/],
    ["GET", "/watch?from=0", undefined, "bad-query", /from must be at least 1/],
    ["GET", "/version?x=1", undefined, "bad-query", /unknown field x in the query/],
    ["PUT", "/units/a.service", '{"file": ', "bad-json", /line 1, column 10/],
    ["PUT", "/units/a.service", '{\n "file": hello}', "bad-json", /line 2, column 10/],
    ["PUT", "/units/a.service", "[1,]", "bad-json", /line 1, column 4/],
    ["PUT", "/units/a.service", "", "bad-json", /empty/],
    ["PUT", "/units/a.service", Buffer.from([0x22, 0xff, 0x22]), "bad-json", /UTF-8/],
    ["PUT", "/units/a.service", [], "bad-request", /the body must be an object/],
    [
      "PUT",
      "/units/a.service",
      { desired: "launched" },
      "bad-request",
      /unknown field desired in the body.*desiredState/,
    ],
    [
      "PUT",
      "/units/a.service",
      { desiredState: "started" },
      "bad-request",
      /desiredState must be one of inactive, loaded, launched/,
    ],
    ["PUT", "/units/a.service", { file: 1 }, "bad-request", /file must be a string/],
    ["PUT", "/units/noSuffix", { file: FILE }, "bad-unit-name", /suffix/],
    ["PUT", "/units/..%2Fx.service", { file: FILE }, "bad-unit-name", /"\/"/],
    [
      "PUT",
      `/units/${NAME_OF_256}`,
      { file: FILE, desiredState: "loaded" },
      "bad-unit-name",
      /has 256 bytes: systemd and Linux accept at most 255/,
    ],
    ["PUT", `/units/${"x".repeat(300)}.service`, { file: FILE }, "bad-unit-name", /308 characters/],
    ["PUT", `/units/${"x".repeat(1_100)}`, { file: FILE }, "bad-request", /in the path exceeds 1024 characters/],
    ["PATCH", "/machines/M%2Fx/metadata", { set: { a: "b" } }, "bad-request", /id must be a machine's ID/],
    ["PATCH", "/machines/%2E%2E/metadata", { set: { a: "b" } }, "bad-request", /id must be a machine's ID/],
    ["DELETE", "/units/a.service%2Fx", undefined, "unit-not-found", /does not exist/],
    ["PUT", "/units/b.service", { file: "hello" }, "bad-unit-file", /line 1|section/i],
    ["PUT", "/units/b.service", { file: "" }, "bad-unit-file", /section/],
    ["PUT", "/units/b.service", { file: "[Service]\nA=\ud800\n" }, "bad-unit-file", /surrogate/],
    [
      "PUT",
      "/units/b.service",
      { file: `${FILE}[X-Fleet]\nMachineID=x\nConflicts=a.service\n` },
      "bad-requirements",
      /MachineID/,
    ],
    [
      "PUT",
      "/units/b.service",
      { file: `${FILE}[X-Fleet]\nConflicts=${Array.from({ length: 257 }, (_, n) => `a${n}`).join(" ")}\n` },
      "bad-requirements",
      /Conflicts= in \[X-Fleet\] has 257 entries: at most 256/,
    ],
    ["PUT", "/units/b.service", { file: `[Service]\n${"A=\n".repeat(5_001)}` }, "bad-unit-file", /5000 options/],
    [
      "PUT",
      "/units/b.service",
      { file: `${FILE}[Unit]\nConflicts=fleet.service\n` },
      "daemon-unit",
      /remove fleet\.service/,
    ],
    ["PUT", "/units/fleet.service", { file: FILE }, "daemon-unit", /choose another name/],
    ["PUT", "/units/b.service", { file: `[Service]\n${"#".repeat(512 * 1024)}\n` }, "unit-file-too-large", /524288/],
    ["PUT", "/units/b@.service", { file: FILE, desiredState: "launched" }, "template-not-runnable", /b@1\.service/],
    [
      "PATCH",
      `/machines/${MACHINE_A}/metadata`,
      { set: { "a b": "c" } },
      "bad-request",
      /the key "a b" in set must be a/,
    ],
    ["PATCH", `/machines/${MACHINE_A}/metadata`, { set: { a: "" } }, "bad-request", /set\.a must not be empty/],
    ["PATCH", `/machines/${MACHINE_A}/metadata`, { add: {} }, "bad-request", /unknown field add/],
    ["GET", "/nothing", undefined, "route-not-found", /openapi/],
    ["GET", "/units/", undefined, "route-not-found", /\/units\/; remove the slash/],
    ["DELETE", "/units/?x=1", undefined, "route-not-found", /\/units\/; remove the slash/],
    ["POST", "/units", {}, "method-not-allowed", /use GET, HEAD/],
  ];
  for (const [method, path, body, id, sentence] of rows) {
    const reply = await api.call(method, `/fleet/v2${path}`, { body });
    const what = `${method} ${path}: ${reply.text}`;
    assert.equal(errorIn(reply)?.id, id, what);
    assert.equal(reply.status, errorStatus[id as keyof typeof errorStatus], what);
    assert.match(errorIn(reply).message, sentence, what);
  }
  assert.equal(
    (await api.call("GET", "/fleet/v2/units")).text.includes("b.service"),
    false,
    "a refused request changes nothing",
  );
});

test("a name that no machine can load may be submitted", async (t) => {
  const api = await testApi(t);
  const reply = await api.call("PUT", `/fleet/v2/units/${NAME_OF_256}`, { body: { file: FILE } });
  assert.equal(reply.status, 201, reply.text);
});

test("the largest unit file fits in a body with any escapes; a larger file is too large", async (t) => {
  const api = await testApi(t);
  const bytes = 512 * 1024 - Buffer.byteLength(FILE) - 2;
  const escaped = (count: number): string =>
    `{"file":${JSON.stringify(FILE).slice(0, -1)}#${String.raw`\u0078`.repeat(count)}\\n"}`;
  const largest = await api.call("PUT", UNIT, { body: escaped(bytes) });
  assert.equal(largest.status, 201, largest.text);
  const larger = await api.call("PUT", "/fleet/v2/units/b.service", { body: escaped(bytes + 1) });
  assert.equal(errorIn(larger).id, "unit-file-too-large");
  const noJson = await api.call("PUT", UNIT, { body: `"${"x".repeat(3_000_000)}` });
  assert.equal(errorIn(noJson).id, "bad-json", "a body within the limit is parsed");
});

test("without the store: 503, Retry-After, and a message that units keep running", async (t) => {
  let away = false;
  const before = async (): Promise<void> => {
    if (away) throw new StoreUnavailableError("etcd at 10.0.0.9:2379 refused the connection.");
  };
  const api = await testApi(t, { faults: { before } });
  await api.call("PUT", UNIT, { body: { file: FILE } });
  away = true;
  for (const [method, path, body] of [
    ["GET", "/fleet/v1/units", undefined],
    ["GET", "/fleet/v2/units", undefined],
    ["GET", "/fleet/v2/watch", undefined],
    ["PUT", UNIT, { desiredState: "launched" }],
  ] as const) {
    const reply = await api.call(method, path, { body });
    assert.equal(reply.status, 503, path);
    assert.equal(reply.headers["retry-after"], "1", path);
    assert.match(
      errorIn(reply).message,
      /refused the connection.*units keep running.*fleet server unable to communicate with etcd/,
      path,
    );
  }
});

test("without the store, a daemon that has no copy of the cluster answers 503 to changes as well", async (t) => {
  const before = async ({ type }: Call): Promise<void> => {
    if (type !== "grant") throw new StoreUnavailableError("etcd at 10.0.0.9:2379 refused the connection.");
  };
  const api = await testApi(t, { faults: { before } });
  for (const [method, path, body] of [
    ["PUT", UNIT, { file: FILE }],
    [
      "PUT",
      "/fleet/v1/units/a.service",
      { options: [{ section: "Service", name: "ExecStart", value: "/bin/true" }], desiredState: "launched" },
    ],
    ["DELETE", "/fleet/v1/units/a.service", undefined],
  ] as const)
    assert.equal((await api.call(method, path, { body })).status, 503, `${method} ${path}`);
});

test("a daemon that cannot serve answers with the reason on every route except metrics", async (t) => {
  const api = await testApi(t, {
    availability: () => "another daemon has this machine's ID",
    metrics: async () => "up 1\n",
  });
  for (const path of ["/fleet/v1/units", "/v1-alpha/units", "/fleet/v2/units", "/nothing"]) {
    const reply = await api.call("GET", path);
    assert.equal(reply.status, 503, path);
    assert.equal(reply.headers["retry-after"], "1");
    // fleet's functional test of a duplicate machine ID expects this message in either API.
    assert.match(errorIn(reply).message, /^another daemon.* \(fleet server unable to communicate with etcd\)$/);
  }
  const metrics = await api.call("GET", "/metrics");
  assert.equal(metrics.status, 200);
  assert.equal(metrics.text, "up 1\n");
  assert.match(metrics.headers["content-type"] ?? "", /^text\/plain; version=0\.0\.4/);
});
