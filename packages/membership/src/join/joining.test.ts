import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, test } from "node:test";
import { tokenHash } from "@flotilla/access";
import { silentLogger } from "@flotilla/runtime";
import { isDue, isValidAt } from "../certificates/certificate-life.ts";
import { createClusterIdentity } from "../certificates/certificates.ts";
import { makeSigningRequest } from "../certificates/signing-request.ts";
import { askServer } from "./ask-server.ts";
import { type JoiningHost, joinCluster } from "./join-client.ts";
import { type JoiningCluster, joiningCluster, MACHINE, NOW, SERVER } from "./joining.fixture.ts";
import { pinOf } from "./key-hash.ts";

const HOUR_MS = 3_600_000;
const signal = AbortSignal.timeout(60_000);

test("a host joins with a token, whose use and metadata become its membership", async (t) => {
  const cluster = await joiningCluster(t);
  await cluster.addToken();
  const host = cluster.host();
  const { identity, servers, store } = await joinCluster(host, signal);
  const certificate = new X509Certificate(identity.cert);
  assert.equal(certificate.subject, `CN=${MACHINE}\nO=flotilla:agent\nserialNumber=g1`);
  assert.ok(certificate.checkPrivateKey(createPrivateKey(identity.key)));
  assert.deepEqual([identity.key, identity.ca], [host.signing.key, cluster.authority.certificate]);
  assert.deepEqual([servers, store], [["10.0.0.1:7333"], undefined]);
  const { member } = await cluster.memberships.read(MACHINE);
  assert.ok(member !== "unreadable" && member);
  const { key, ...record } = member;
  assert.match(key, /^[0-9a-f]{64}$/);
  assert.deepEqual(record, {
    generation: "g1",
    metadata: { zone: "a" },
    token: "racks",
    joinedAt: NOW,
    server: false,
  });
});

test("the audit has who joined with which token, and who was refused", async (t) => {
  const cluster = await joiningCluster(t);
  await cluster.addToken();
  await joinCluster(cluster.host(), signal);
  await assert.rejects(joinCluster(cluster.host({ machineID: "c".repeat(32) }), signal), /used up/);
  const [joined, refused, ...more] = cluster.records;
  assert.deepEqual(more, []);
  assert.deepEqual(joined, {
    ...{ who: "token", name: "racks", tokenID: "abcdefghi0", from: joined?.from, verb: "join" },
    ...{ object: `machines/${MACHINE}`, revision: await cluster.store.revision(), result: "done" },
  });
  const { reason = "", ...rest } = refused ?? {};
  assert.match(reason, /the token racks is used up/);
  assert.deepEqual(rest, {
    ...{ who: "unknown", from: joined?.from, verb: "join", object: `machines/${"c".repeat(32)}`, result: "refused" },
  });
  assert.doesNotMatch(JSON.stringify(cluster.records), /fleet1\./);
});

test("a lost answer is repeated for the same key, without another use", async (t) => {
  const cluster = await joiningCluster(t);
  await cluster.addToken();
  const host = cluster.host();
  const first = await joinCluster(host, signal);
  const again = await joinCluster(host, signal);
  assert.equal(new X509Certificate(again.identity.cert).subject, new X509Certificate(first.identity.cert).subject);
  assert.equal(await cluster.usesLeft(), 0);
});

test("a token with several uses admits that many hosts, also when all join at once", async (t) => {
  const cluster = await joiningCluster(t);
  await cluster.addToken({ usesLeft: 3 });
  const hosts = ["c", "d", "e", "f"].map((digit) => cluster.host({ machineID: digit.repeat(32) }));
  const results = await Promise.allSettled(hosts.map((host) => joinCluster(host, signal)));
  assert.deepEqual(results.filter(({ status }) => status === "fulfilled").length, 3);
  assert.equal(await cluster.usesLeft(), 0);
});

test("the server's clock decides when a token ends", async (t) => {
  const cluster = await joiningCluster(t);
  await cluster.addToken({ usesLeft: 2 });
  await cluster.clock.advance(HOUR_MS - 1);
  await joinCluster(cluster.host(), signal);
  await cluster.clock.advance(1);
  await assert.rejects(
    joinCluster(cluster.host({ machineID: "c".repeat(32) }), signal),
    /expired at .*this server's clock/,
  );
});

for (const [what, hours] of [
  ["an hour behind", 1],
  ["an hour ahead", -1],
  ["20 hours behind", 20],
  ["20 hours ahead", -20],
] as const)
  test(`a host whose clock is ${what} of the server's joins, and its certificate is valid for both`, async (t) => {
    const now = NOW + hours * HOUR_MS;
    const cluster = await joiningCluster(t, { now });
    await cluster.addToken();
    const { identity } = await joinCluster(cluster.host(), signal);
    for (const clock of [NOW, now]) assert.ok(isValidAt(identity.cert, clock));
    assert.equal(isDue(identity.cert, now), false);
  });

describe("a host is refused, and nothing is signed", () => {
  type Cluster = Awaited<ReturnType<typeof joiningCluster>>;
  const cases: readonly [what: string, why: RegExp, prepare: (cluster: Cluster) => Promise<Partial<JoiningHost>>][] = [
    ["with an unknown token", /the token is unknown, for example revoked, or its secret is wrong/, async () => ({})],
    [
      "with a wrong secret",
      /the token is unknown, for example revoked, or its secret is wrong/,
      async ({ addToken }) => {
        await addToken({ hash: "0".repeat(64) });
        return {};
      },
    ],
    [
      "with a token for the API",
      /the token ci is not a join token; make another/,
      async ({ tokens, token }) => {
        const grant = { role: "admin", units: [], machineMetadata: {}, users: [] } as const;
        const hash = tokenHash(token.split(".").at(-1) ?? "");
        await tokens.create("abcdefghi0", { kind: "api", name: "ci", hash, createdAt: NOW, ...grant });
        return {};
      },
    ],
    [
      "with a used token",
      /the token racks is used up; make another/,
      async ({ addToken }) => {
        await addToken({ usesLeft: 0 });
        return {};
      },
    ],
    [
      "with a token for servers, when the store is embedded",
      /embedded in one server.*fleetctl store migrate/,
      async ({ addToken }) => {
        await addToken({ server: true });
        return {};
      },
    ],
    [
      "with a machine ID that is not one",
      /the machine ID is not valid/,
      async ({ addToken }) => {
        await addToken();
        return { machineID: "../x", signing: makeSigningRequest("../x") };
      },
    ],
    [
      "with the machine ID of a server on another host",
      /another host with the machine ID a+ is in the cluster/,
      async ({ addToken, store }) => {
        await addToken();
        const record = JSON.stringify({ id: MACHINE, bootID: "other" });
        await store.txn({ onSuccess: [{ put: `machine/${MACHINE}`, value: record }] });
        return {};
      },
    ],
  ];
  for (const [what, why, prepare] of cases)
    test(what, async (t) => {
      const cluster = await joiningCluster(t);
      const host = cluster.host(await prepare(cluster));
      await assert.rejects(joinCluster(host, signal), { code: "join-failed", message: why });
      assert.equal(cluster.signed(), 0);
    });
});

describe("a host is refused, and the token keeps its use", () => {
  test("with the machine ID of a member and another key", async (t) => {
    const cluster = await joiningCluster(t);
    await cluster.addToken({ usesLeft: 2 });
    await joinCluster(cluster.host(), signal);
    await assert.rejects(
      joinCluster(cluster.host(), signal),
      /member of the cluster with another key.*machine remove a+/,
    );
    assert.equal(await cluster.usesLeft(), 1);
    await cluster.memberships.remove(MACHINE);
    const { identity } = await joinCluster(cluster.host(), signal);
    assert.match(new X509Certificate(identity.cert).subject, /serialNumber=g2/);
  });

  for (const [what, signing, why] of [
    ["that is garbage", { key: "k", request: "x" }, /not PKCS#10/],
    ["for another machine", makeSigningRequest("c".repeat(32)), /does not name machine/],
  ] as const)
    test(`with a signing request ${what}`, async (t) => {
      const cluster = await joiningCluster(t);
      await cluster.addToken();
      await assert.rejects(joinCluster(cluster.host({ signing }), signal), why);
      assert.equal(await cluster.usesLeft(), 1);
    });
});

describe("the host of a server that is present", () => {
  /** What a server has in the store, and its daemon writes again when it starts. */
  const daemonStarts = ({ store }: JoiningCluster): Promise<unknown> => {
    const machine = JSON.stringify({ id: MACHINE, bootID: "boot" });
    return store.txn({
      onSuccess: [
        { put: `machine/${MACHINE}`, value: machine },
        { put: `server/${MACHINE}`, value: JSON.stringify({ host: "10.0.0.2", peerPort: 7333 }) },
      ],
    });
  };
  const generationIn = (cert: string): string =>
    /serialNumber=(\w+)/.exec(new X509Certificate(cert).subject)?.[1] ?? "";

  test("may become an agent, and is no longer in the directory of servers", async (t) => {
    const cluster = await joiningCluster(t);
    await cluster.addToken();
    await daemonStarts(cluster);
    await joinCluster(cluster.host(), signal);
    assert.equal((await cluster.memberships.read(MACHINE)).isServer, false);
  });

  test("joins again with the same key and token when its daemon has started as a server again", async (t) => {
    const cluster = await joiningCluster(t);
    await cluster.addToken();
    await daemonStarts(cluster);
    const host = cluster.host();
    await joinCluster(host, signal);
    await daemonStarts(cluster);
    const { identity } = await joinCluster(host, signal);
    const { member, isServer } = await cluster.memberships.read(MACHINE);
    assert.ok(member && member !== "unreadable");
    assert.deepEqual([member.generation, isServer], [generationIn(identity.cert), false]);
    assert.equal(await cluster.usesLeft(), 0);
    await daemonStarts(cluster);
    await assert.rejects(joinCluster(cluster.host(), signal), /is used up/);
  });

  test("becomes an agent when it has joined as a server before, with a further token", async (t) => {
    const cluster = await joiningCluster(t, { storeAccess: async () => ({ options: {}, files: {} }) });
    const former = { generation: "g0", key: "k", metadata: {}, token: "other", joinedAt: 1, server: true };
    await cluster.store.txn({ onSuccess: [{ put: `member/${MACHINE}`, value: JSON.stringify(former) }] });
    await daemonStarts(cluster);
    await cluster.addToken();
    await assert.rejects(joinCluster(cluster.host({ bootID: "other" }), signal), /with another key/);
    const { identity } = await joinCluster(cluster.host(), signal);
    assert.equal(generationIn(identity.cert), "g1");
    assert.equal(await cluster.usesLeft(), 0);
  });

  test("gets no second access to the store", async (t) => {
    const cluster = await joiningCluster(t, { storeAccess: async () => ({ options: {}, files: {} }) });
    await cluster.addToken({ server: true });
    await daemonStarts(cluster);
    await assert.rejects(joinCluster(cluster.host(), signal), /is a server of the cluster already/);
    assert.equal(await cluster.usesLeft(), 1);
  });
});

test("the server that is asked stays a server", async (t) => {
  const cluster = await joiningCluster(t);
  await cluster.addToken();
  await assert.rejects(joinCluster(cluster.host({ machineID: SERVER }), signal), /is the server that was asked/);
  assert.equal(await cluster.usesLeft(), 1);
});

test("a server gets the access to the store, only with a token that says so", async (t) => {
  const access = { options: { etcd_servers: "http://10.0.0.1:2379" }, files: { etcd_keyfile: "key" } };
  const cluster = await joiningCluster(t, { storeAccess: async () => access });
  await cluster.addToken({ server: true });
  assert.deepEqual((await joinCluster(cluster.host(), signal)).store, access);
  const other = await joiningCluster(t, { storeAccess: async () => access });
  await other.addToken();
  assert.equal((await joinCluster(other.host(), signal)).store, undefined);
});

describe("the client sends nothing", () => {
  test("to a server of another cluster", async (t) => {
    const cluster = await joiningCluster(t);
    await cluster.addToken();
    const { certificate } = await createClusterIdentity(NOW);
    const token = { text: cluster.token, pin: pinOf(certificate) };
    const joining = joinCluster(cluster.host({ token }), signal);
    await assert.rejects(joining, {
      message: /not of the cluster that made the token.*Nothing was sent/,
      mayBeAdmitted: false,
    });
    assert.equal((await cluster.memberships.read(MACHINE)).member, undefined);
  });

  test("to a server that shows the cluster's authority without its certificate", async (t) => {
    const [cluster, impostor] = [await joiningCluster(t), await joiningCluster(t)];
    const asked: string[] = [];
    impostor.service.authority = async () => cluster.authority.certificate;
    impostor.service.join = async ({ token }) => {
      asked.push(token);
      throw new Error("asked");
    };
    const server = { host: "127.0.0.1", port: impostor.port };
    await assert.rejects(joinCluster(cluster.host({ server }), signal), { code: "join-failed", mayBeAdmitted: false });
    assert.deepEqual(asked, []);
  });
});

test("an address that fails too often waits a minute; the log is bounded, and has no secret", async (t) => {
  const lines: string[] = [];
  const log = {
    ...silentLogger,
    warn: (message: string, fields?: object) => void lines.push(message + JSON.stringify(fields)),
  };
  const cluster = await joiningCluster(t, { log });
  for (let attempt = 0; attempt < 10; attempt++)
    await assert.rejects(joinCluster(cluster.host(), signal), /the token is unknown/);
  await cluster.addToken();
  for (let attempt = 0; attempt < 3; attempt++)
    await assert.rejects(joinCluster(cluster.host(), signal), /too many failed attempts.*wait a minute/);
  assert.equal(lines.length, 10);
  assert.ok(!lines.some((line) => line.includes("sssss")));
  await cluster.clock.advance(60_000);
  await joinCluster(cluster.host(), signal);
});

test("garbage, long bodies and other paths are refused with a reason", async (t) => {
  const { port } = await joiningCluster(t);
  const server = { host: "127.0.0.1", port };
  const post = { method: "POST", path: "/join/v1/machines", ca: undefined, limitMs: 10_000 } as const;
  for (const [request, status, reason] of [
    [{ ...post, body: "x" }, 400, /not JSON with token/],
    [{ ...post, body: "{}" }, 400, /not JSON with token/],
    [{ ...post, body: JSON.stringify({ token: "x", machineID: "m", request: "" }) }, 400, /not of the form fleet1/],
    [{ ...post, body: "x".repeat(9_000) }, 400, /exceeds 8192 bytes/],
    [{ ...post, method: "GET" }, 404, /there is only/],
    [{ ...post, path: "/join/v1/other", body: "" }, 404, /there is only/],
  ] as const) {
    const answer = await askServer(server, request, signal);
    assert.equal(answer.status, status);
    assert.match((JSON.parse(answer.text) as { reason: string }).reason, reason);
  }
});
