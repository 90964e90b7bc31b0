import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import type { AuditEntry } from "@flotilla/api/client";
import { v2Endpoints, V2_BASE } from "@flotilla/api/contract";
import type { LinkTls, NetworkLink } from "@flotilla/link";
import { Cluster, type Host, waitFor } from "../lab/index.ts";
import { identityOf, linkTo } from "./agent-link.ts";
import { SLEEPER, startUnits } from "./running-units.ts";

/** A host that an attacker has taken over: a program here has its certificate and speaks to the server as it likes. */
let cluster: Cluster;
let server: Host;
let taken: Host;
let tls: LinkTls;
let link: NetworkLink;
let own: string;
let other: string;

before(async () => {
  cluster = await Cluster.boot({ hosts: 1 });
  await cluster.addAgents({ hosts: 2 });
  server = cluster.host(1);
  taken = cluster.host(2);
  await startUnits(cluster, server, { "one.service": SLEEPER, "two.service": SLEEPER, "three.service": SLEEPER });
  for (const unit of ["one.service", "two.service", "three.service"]) await cluster.waitForActive(unit);
  tls = await identityOf(taken);
  [own, other] = [await taken.machineId(), await cluster.host(3).machineId()];
  link = linkTo(server, tls);
});
after(async () => {
  link?.close();
  await cluster?.down();
});

async function store(call: string, request: object) {
  const { status, body } = await link.request(`/store/v1/${call}`, JSON.stringify(request), { limitMs: 10_000 });
  return { status, answer: JSON.parse(body) as { readonly code?: string; readonly reason?: string } };
}

describe("the store refuses a taken host", () => {
  const lease = "1";
  const digest = "0".repeat(64);
  const foreign = (): readonly string[] => [
    ...[`assignment/${other}/one.service`, `state/${other}/one.service`, `machine/${other}`, `publisher/${other}`],
    ...[`departure/${other}`, `machine-settings/${own}`, `machine-settings/${other}`, `roll/${own}`, "engine/roll"],
    ...["engine/leader", "hold/release", "identity/ca", "unit/one.service", "attempts/one.service"],
    ...[
      `member/${own}`,
      `member/${other}`,
      `member-removed/${own}`,
      `rotation/${own}`,
      "token/abcdefghij",
      "token-use/abcdefghij",
      "secret/db",
      "store/base",
    ],
    ...["store/move", "unknown/key", `file/${digest}/..`, `machine/${own}/../${other}`],
  ];

  test("what is not its own cannot be read, watched, compared, written or deleted", async () => {
    for (const key of foreign()) {
      const requests: readonly [string, object][] = [
        ["range", { prefix: key, exact: true }],
        ["txn", { compare: [{ key, modRevision: 0 }], onSuccess: [] }],
        ["txn", { onSuccess: [{ put: key, value: "", lease }] }],
        ["txn", { onSuccess: [{ delete: key }] }],
      ];
      for (const [call, request] of requests) {
        const { status, answer } = await store(call, request);
        assert.equal(answer.code, "forbidden", `${call} of ${key}: ${status} ${answer.reason}`);
      }
      await assert.rejects(watch({ prefix: key, exact: true, from: 1 }), /may not watch/, key);
    }
  });

  test("no prefix shows more than its own assignments and states", async () => {
    for (const prefix of [
      "",
      "a",
      "assignment/",
      `assignment/${other}/`,
      "unit/",
      "file/",
      "identity/",
      "secret/",
      "token/",
    ]) {
      const { answer } = await store("range", { prefix });
      assert.equal(answer.code, "forbidden", prefix);
      await assert.rejects(watch({ prefix, from: 1 }), /may not watch/, prefix);
    }
    const { status, answer } = await store("range", { prefix: `assignment/${own}/` });
    assert.equal(status, 200, answer.reason);
  });

  test("the lease of another machine cannot be renewed, ended or used", async () => {
    const { stdout } = await cluster.host(3).run(["cat", "/var/lib/fleet/lease"]);
    const id = /\d{10,}/.exec(stdout)?.[0] ?? "";
    assert.notEqual(id, "");
    for (const [call, request] of [
      ["lease/renew", { id }],
      ["lease/revoke", { id }],
      ["lease/time", { id }],
      ["txn", { onSuccess: [{ put: `state/${own}/x.service`, value: "", lease: id }] }],
    ] as const) {
      const { answer } = await store(call, request);
      assert.equal(answer.code, "forbidden", `${call}: ${answer.reason}`);
    }
  });

  test("the first refusals are in the server's journal and in the audit, with the machine and the key", async () => {
    const entries = await waitFor("the audit to have an entry", async () => {
      const { stdout } = await cluster.fleetctl(server, ["audit", "--by", own, "--output=json"]);
      const all = JSON.parse(stdout) as readonly AuditEntry[];
      return all.some(({ object }) => object === "store") ? all : undefined;
    });
    const journal = await server.journal("fleet.service");
    assert.match(journal, new RegExp(`refused a request of a machine .*machine=${own}.*assignment/${other}`));
    const first = entries.find(({ object }) => object === "store");
    assert.deepEqual([first?.who, first?.verb, first?.object, first?.result], ["machine", "range", "store", "refused"]);
    assert.match(first?.reason ?? "", new RegExp(`a machine may not read "assignment/${other}`));
    assert.ok(entries.length <= 30, `${entries.length} entries`);
  });

  /** Resolves at the first line of a watch. */
  async function watch(request: object): Promise<void> {
    const lines = link.lines("/store/v1/watch", JSON.stringify(request), AbortSignal.timeout(5_000));
    await lines[Symbol.asyncIterator]().next();
  }
});

test("a secret of a unit that is not assigned to it is refused", async () => {
  const body = JSON.stringify({ unit: "one.service", name: "db" });
  const { status } = await link.request("/secrets/v1/read", body, { limitMs: 10_000 });
  assert.ok(status === 403 || status === 404, String(status));
});

test("no route of the API answers its certificate without a token", async () => {
  // Public, or about the caller itself.
  const open = ["getAuthority", "canI", "whoAmI"];
  const foreign = (await cluster.listUnits()).find(({ host }) => host !== taken)?.unit ?? "";
  for (const [operation, { method, path }] of Object.entries(v2Endpoints)) {
    const url = V2_BASE + path.replaceAll(/\{\w+\}/g, foreign);
    const { status, body } = await ask(server, method, url);
    if (!open.includes(operation)) assert.ok(status === 401 || status === 403, `${method} ${url}: ${status} ${body}`);
    assert.doesNotMatch(body, /PRIVATE KEY/);
  }
  for (const path of ["/fleet/v1/units", "/fleet/v1/machines", "/v1-alpha/state", "/metrics", "/fleet/v2/nothing"]) {
    const { status } = await ask(server, "GET", path);
    assert.ok([401, 403, 404].includes(status), `${path}: ${status}`);
  }
});

test("other machines do not answer it, because it is not a server", async () => {
  for (const host of [server, cluster.host(3)]) {
    const { status, body } = await ask(
      host,
      "GET",
      "/peer/v1/units/one.service/journal?lines=1&follow=false&output=short",
    );
    assert.equal(status, 403, body);
  }
});

async function ask(host: Host, method: string, path: string) {
  const name = host === server ? "server.flotilla" : `${await host.machineId()}.flotilla`;
  const sent = httpsRequest({ ...tls, host: host.ip, port: 7333, method, path, servername: name, agent: false }).end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const { statusCode = 0 } = answer;
  if (statusCode < 400) {
    answer.destroy();
    return { status: statusCode, body: "" };
  }
  return { status: statusCode, body: await text(answer) };
}
