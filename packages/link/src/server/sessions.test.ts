import assert from "node:assert/strict";
import { once } from "node:events";
import { get } from "node:https";
import { connect as connectTcp } from "node:net";
import { text } from "node:stream/consumers";
import { before, suite, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { ManualClock } from "@flotilla/runtime";
import type { LinkTls } from "../client/connect.ts";
import { LoopbackServer, type LoopbackServerOptions, TestAuthority } from "../fixture/index.ts";
import { RawClient } from "../fixture/raw-client.ts";
import { until } from "../fixture/until.ts";
import { SERVER_NAME } from "@flotilla/runtime";
import type { PeerCertificate } from "./admission.ts";
import type { LinkRefusal } from "./refused.ts";
import { LINK_TLS } from "./serve-link-on.ts";

let authority: TestAuthority;
let serverTls: LinkTls;
let agentTls: LinkTls;

before(async () => {
  authority = await TestAuthority.create();
  [serverTls, agentTls] = [await authority.server(), await authority.agent("m1")];
});

function serve(options: Partial<LoopbackServerOptions> = {}) {
  return LoopbackServer.start({ tls: serverTls, routes: new Map(), ...options });
}

function connectTo({ address }: LoopbackServer, tls?: LinkTls): Promise<RawClient> {
  return RawClient.connect(address, authority.ca, tls);
}

/** A logger that keeps its warnings. */
suite("what a server learns from a certificate", () => {
  /** Opens a session and returns what `admit` was asked about. */
  async function factsOf(tls?: LinkTls): Promise<PeerCertificate> {
    const { promise, resolve } = Promise.withResolvers<PeerCertificate>();
    const admit: LoopbackServerOptions["admit"] = (peer) => {
      resolve(peer);
      return { refused: "a test" };
    };
    await using server = await serve({ admit });
    const client = await connectTo(server, tls);
    const facts = await promise;
    client.socket.destroy();
    return facts;
  }

  test("of an agent", async () => {
    const { validTo, ...facts } = await factsOf(await authority.agent("m1", "7"));
    assert.deepEqual(facts, {
      commonName: "m1",
      organization: "flotilla:agent",
      serialNumber: "7",
      authorized: true,
      authorizationError: undefined,
      remoteAddress: "127.0.0.1",
    });
    assert.ok(Math.abs((validTo ?? 0) - Date.now() - 3_600_000) < 60_000);
  });

  const name = "CN=m1, O=flotilla:agent";
  for (const [of, error, issue] of [
    ["of nobody", "NO_CERTIFICATE", undefined],
    [
      "of a machine of another cluster",
      "CERT_SIGNATURE_FAILURE",
      async () => (await TestAuthority.create()).agent("m1"),
    ],
    ["that has expired", "CERT_HAS_EXPIRED", () => authority.issue({ name, validTo: Date.now() - 1_000 })],
    ["that is not valid yet", "CERT_NOT_YET_VALID", () => authority.issue({ name, validFrom: Date.now() + 60_000 })],
    ["with two names", "REPEATED_ATTRIBUTE", () => authority.issue({ name: `${name}, CN=m2` })],
    ["with two organizations", "REPEATED_ATTRIBUTE", () => authority.issue({ name: `${name}, O=flotilla:server` })],
  ] as const)
    test(of, async () => {
      const { authorized, authorizationError } = await factsOf(await issue?.());
      assert.equal(authorized, false);
      assert.equal(authorizationError, error);
    });
});

suite("sessions", () => {
  test("a machine with too many loses its oldest", async () => {
    await using server = await serve();
    const clients: RawClient[] = [];
    for (let opened = 0; opened < 50; opened += 1) {
      clients.push((await connectTo(server, agentTls)).begin());
      assert.ok(server.link.size <= 4);
    }
    await until(() => clients.filter(({ isClosed }) => isClosed).length === 46, "the oldest sessions end");
    assert.deepEqual(
      clients.slice(-4).map(({ isClosed }) => isClosed),
      [false, false, false, false],
    );
    assert.equal(clients[0]?.goaway(), "the machine opened more than 4 sessions");
    for (const { socket } of clients) socket.destroy();
  });

  test("a server with too many admits no more", async () => {
    await using server = await serve({ limits: { sessions: 3 } });
    for (let machine = 0; machine < 5; machine += 1) {
      const client = await connectTo(server, await authority.agent(`m${machine}`));
      client.begin();
    }
    await until(() => server.link.size === 3, "three sessions are admitted");
  });

  test("those without a valid certificate are bounded in number and time", async () => {
    const refusals: LinkRefusal[] = [];
    const onRefused = (refusal: LinkRefusal): void => void refusals.push(refusal);
    await using server = await serve({ onRefused, limits: { refusedSessions: 3, refusedMs: 300 } });
    const clients: RawClient[] = [];
    for (let opened = 0; opened < 10; opened += 1) clients.push((await connectTo(server)).begin());
    await until(() => clients.filter(({ isClosed }) => isClosed).length === 7, "those beyond the limit end at once");
    await until(() => clients.every(({ isClosed }) => isClosed), "the others end after some time");
    assert.equal(server.link.size, 0);
    assert.equal(refusals.length, 10);
    const { reason = "", ...refusal } = refusals[0] ?? {};
    assert.match(reason, /NO_CERTIFICATE/);
    const unknown = { machineID: undefined, isProven: false, path: undefined };
    assert.deepEqual(refusal, { ...unknown, remoteAddress: "127.0.0.1" });
  });

  test("a client that sends nothing loses its session", async () => {
    await using server = await serve({ limits: { silentMs: 300 } });
    const silent = await connectTo(server, agentTls);
    await until(() => silent.isClosed, "the session ends");
    assert.equal(silent.goaway(), "the agent sent nothing for 300 ms");
  });

  test("a server checks times only while it has sessions", async () => {
    const clock = new ManualClock();
    await using server = await serve({ clock });
    assert.equal(clock.nextDue(), undefined);
    const clients = await Promise.all([connectTo(server, agentTls), connectTo(server, agentTls)]);
    for (const client of clients) client.begin();
    await until(() => server.link.size === 2, "both are admitted");
    await clock.advance(10_000);
    assert.equal(clock.nextDue(), 11_000);
    for (const { socket } of clients) socket.destroy();
    await until(() => server.link.size === 0, "both have ended");
    await clock.advance(10_000);
    assert.equal(clock.nextDue(), undefined);
  });

  test("a cut ends only the machine's sessions, and tells why", async () => {
    await using server = await serve();
    const clients = await Promise.all([connectTo(server, agentTls), connectTo(server, agentTls)]);
    const other = await connectTo(server, await authority.agent("m2"));
    for (const client of [...clients, other]) client.begin();
    await until(() => server.link.size === 3, "all are admitted");
    server.link.cut("m1", "machine m1 was removed");
    assert.deepEqual(server.link.machines(), ["m2"]);
    await until(() => clients.every(({ isClosed }) => isClosed), "the sessions end");
    assert.deepEqual(
      clients.map((client) => client.goaway()),
      ["machine m1 was removed", "machine m1 was removed"],
    );
    assert.equal(other.isClosed, false);
    other.socket.destroy();
  });
});

suite("the port", () => {
  test("answers HTTP/1.1 with and without a certificate", async () => {
    await using server = await serve({ http: ({ url }, response) => response.end(`http ${url}`) });
    for (const tls of [agentTls, { ca: authority.ca }]) {
      const request = get({ ...server.address, ...tls, path: "/join", servername: SERVER_NAME, agent: false });
      const [response] = (await once(request, "response")) as [NodeJS.ReadableStream];
      assert.equal(await text(response), "http /join");
    }
    assert.equal(server.link.size, 0);
  });

  test("accepts no TLS older than 1.3, and resumes no session", async () => {
    await using server = await serve();
    const options = { ...server.address, ...agentTls, servername: SERVER_NAME, ALPNProtocols: ["h2"] };
    const old = connectTls({ ...options, maxVersion: "TLSv1.2" });
    await assert.rejects(once(old, "secureConnect"), /alert protocol version/);
    const first = connectTls(options);
    let ticket: Buffer | undefined;
    first.on("session", (session) => {
      ticket = session;
    });
    first.resume();
    await once(first, "secureConnect");
    await until(() => server.link.size === 1, "the server has finished the handshake");
    ticket ??= first.getSession();
    const second = connectTls({ ...options, session: ticket });
    await once(second, "secureConnect");
    assert.equal(second.isSessionReused(), false);
    for (const socket of [first, second]) socket.destroy();
  });

  test("serves many connections at one time, beside silent ones", async () => {
    await using server = await serve({ limits: { handshakes: 2, machineSessions: 100, handshakeWaitMs: 10_000 } });
    const silent = Array.from({ length: 50 }, () => connectTcp(server.address));
    const clients = await Promise.all(Array.from({ length: 60 }, () => connectTo(server, agentTls)));
    for (const client of clients) client.begin();
    await until(() => server.link.size === 60, "all are admitted");
    for (const socket of [...silent, ...clients.map(({ socket }) => socket)]) socket.destroy();
  });

  test("asks for a certificate and lets each one through the handshake", () => {
    assert.deepEqual([LINK_TLS.requestCert, LINK_TLS.rejectUnauthorized], [true, false]);
  });
});
