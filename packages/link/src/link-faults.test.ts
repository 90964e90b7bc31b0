import assert from "node:assert/strict";
import { createServer } from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, before, suite, test } from "node:test";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { LINK_CLIENT_LIMITS, type LinkClientLimits } from "./client/client-limits.ts";
import type { LinkAddress, LinkTls } from "./client/connect.ts";
import type { NetworkLink } from "./client/link-client.ts";
import { openLink } from "./client/open-link.ts";
import { FaultProxy, LoopbackServer, type LoopbackServerOptions, TestAuthority } from "./fixture/index.ts";
import { until } from "./fixture/until.ts";
import type { LinkCall } from "./port/link-call.ts";
import { LinkRefusedError, LinkUnavailableError } from "./port/link-error.ts";

const limit = { limitMs: 10_000 };
/** Times for tests that wait for them. */
const quick = {
  connectMs: 5_000,
  longestConnectMs: 5_000,
  pingMs: 100,
  pongMs: 2_000,
  pauseMs: 50,
  refusedPauseMs: 50,
};

let authority: TestAuthority;
let serverTls: LinkTls;
let agentTls: LinkTls;

before(async () => {
  authority = await TestAuthority.create();
  [serverTls, agentTls] = [await authority.server(), await authority.agent("m1")];
});

/** The first server is asked first. */
function linkTo(
  servers: readonly LinkAddress[],
  limits: Partial<LinkClientLimits> = quick,
  tls = () => agentTls,
  onRefused = (): void => {},
) {
  const link = openLink({ servers, tls, clock: systemClock, random: () => 0, log: silentLogger, limits, onRefused });
  return Object.assign(link, { [Symbol.dispose]: () => link.close() });
}

function serve(work: (call: LinkCall) => Promise<void>, options: Partial<LoopbackServerOptions> = {}) {
  return LoopbackServer.start({ tls: serverTls, routes: new Map([["/", work]]), ...options });
}

/** A server that answers with its name, and counts its requests. */
async function named(name: string) {
  const calls: string[] = [];
  const server = await serve(async (call) => {
    calls.push(call.path);
    if (call.path === "/hang") await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
    else if (call.path === "/lines") {
      await call.line(name);
      await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
    } else call.answer(200, name);
  });
  return Object.assign(server, { calls });
}

async function proxyTo({ address }: LoopbackServer) {
  const proxy = await FaultProxy.start(address);
  const [host = "", port = ""] = proxy.address.split(":");
  return Object.assign(proxy, { at: { host, port: Number(port) } });
}

async function answerOf(link: NetworkLink): Promise<string> {
  return (await link.request("/", "", limit)).body;
}

suite("failing over", () => {
  test("a lost connection rejects requests, which are not repeated, and the next server answers later ones", async () => {
    await using a = await named("a");
    await using b = await named("b");
    await using proxy = await proxyTo(a);
    using link = linkTo([proxy.at, b.address]);
    const hanging = assert.rejects(link.request("/hang", "", limit), LinkUnavailableError);
    const lines = link.lines("/lines", "", AbortSignal.timeout(10_000))[Symbol.asyncIterator]();
    assert.equal((await lines.next()).value, "a");
    proxy.cut();
    await hanging;
    await assert.rejects(lines.next(), LinkUnavailableError);
    assert.equal(await answerOf(link), "b");
    assert.deepEqual(a.calls.toSorted(), ["/hang", "/lines"]);
    assert.deepEqual(b.calls, ["/"]);
  });

  test("a session that has become silent is noticed", async () => {
    assert.ok(LINK_CLIENT_LIMITS.pingMs + LINK_CLIENT_LIMITS.pongMs < 5_000);
    await using a = await named("a");
    await using b = await named("b");
    await using proxy = await proxyTo(a);
    using link = linkTo([proxy.at, b.address], { ...quick, pongMs: 300 });
    assert.equal(await answerOf(link), "a");
    const hanging = assert.rejects(link.request("/hang", "", limit), /no answer to a PING/);
    await until(() => a.calls.includes("/hang"), "the request is sent");
    proxy.mode = "black-hole";
    const from = performance.now();
    await hanging;
    assert.ok(performance.now() - from < 1_000);
    assert.equal(await answerOf(link), "b");
  });

  test("a server that accepts connections and does not answer is passed over", async () => {
    await using a = await named("a");
    await using b = await named("b");
    await using proxy = await proxyTo(a);
    proxy.mode = "black-hole";
    using link = linkTo([proxy.at, b.address], { ...quick, connectMs: 500 });
    assert.equal(await answerOf(link), "b");
  });

  test("a server that answers, but cannot serve, is left after a while, and only one that another can replace", async () => {
    await using a = await serve(async (call) => call.answer(503, "the store does not answer"));
    await using b = await named("b");
    const limits = { ...quick, outageMs: 200 };
    using alone = linkTo([a.address], limits);
    using link = linkTo([a.address, b.address], limits);
    await until(async () => (await answerOf(link)) === "b", "the other server");
    for (let times = 0; times < 30; times += 1)
      assert.equal((await alone.request("/", "", limit)).body, "the store does not answer");
  });

  test("a session that is merely slow stays", async () => {
    await using a = await named("a");
    await using b = await named("b");
    await using proxy = await proxyTo(a);
    using link = linkTo([proxy.at, b.address]);
    assert.equal(await answerOf(link), "a");
    proxy.mode = "stall";
    const slow = answerOf(link);
    await new Promise((resolve) => setTimeout(resolve, 500));
    proxy.mode = "pass";
    assert.equal(await slow, "a");
    assert.equal(await answerOf(link), "a");
  });

  test("a server that stops answers what it has begun; further requests go to the next server", async () => {
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await using a = await serve(async (call) => {
      if (call.path === "/lines") {
        await call.line("one");
        await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
        return;
      }
      begun.resolve();
      await go.promise;
      call.answer(200, "a");
    });
    await using b = await named("b");
    using link = linkTo([a.address, b.address]);
    const lines = link.lines("/lines", "", AbortSignal.timeout(10_000))[Symbol.asyncIterator]();
    await lines.next();
    const request = answerOf(link);
    await begun.promise;
    const closed = a.close();
    await assert.rejects(lines.next(), /the server is stopping/);
    assert.equal(await answerOf(link), "b");
    go.resolve();
    assert.equal(await request, "a");
    await closed;
  });

  test("requests wait for a server that starts again", async () => {
    const a = await named("a");
    const { address } = a;
    using link = linkTo([address]);
    assert.equal(await answerOf(link), "a");
    await a.close();
    const request = answerOf(link);
    await until(() => "failure" in link.status && /ECONNREFUSED/.test(link.status.failure.message), "it is down");
    await using again = await serve(async (call) => call.answer(200, "again"), { port: address.port });
    assert.equal(await request, "again");
    assert.equal(again.link.size, 1);
  });

  test("without a server, a request rejects at its limit with the reason of each", async () => {
    const [a, b] = [await named("a"), await named("b")];
    const [one, two] = [a.address, b.address];
    await Promise.all([a.close(), b.close()]);
    using link = linkTo([one, two]);
    await assert.rejects(link.request("/", "", { limitMs: 400 }), ({ message }: Error) => {
      assert.match(message, /no server answered \/ within 400 ms/);
      for (const { port } of [one, two]) assert.match(message, new RegExp(`:${port}: .*ECONNREFUSED`));
      return true;
    });
  });
});

suite("trust", () => {
  test("servers that are not of the cluster, or not servers, get no request", async () => {
    const stranger = await TestAuthority.create();
    for (const tls of [await stranger.server(), await authority.agent("m2")]) {
      await using wrong = await serve(async (call) => call.answer(200, "wrong"), { tls });
      await using right = await named("right");
      using link = linkTo([wrong.address, right.address]);
      assert.equal(await answerOf(link), "right");
      assert.equal(wrong.link.size, 0);
    }
  });

  test("whoever is no server of the cluster cannot tell a machine that it was removed", async () => {
    const stranger = await TestAuthority.create();
    const admit = () => ({ refused: "machine m1 was removed", refusal: "removed" }) as const;
    const told = async (tls: LinkTls): Promise<number> => {
      await using server = await serve(async (call) => call.answer(200, ""), { tls, admit });
      let refusals = 0;
      using link = linkTo(
        [server.address],
        quick,
        () => agentTls,
        () => void (refusals += 1),
      );
      const isRefusal = (error: unknown): boolean => error instanceof LinkRefusedError;
      await assert.rejects(link.request("/", "", { limitMs: 1_000 }), (error) => isRefusal(error) === refusals > 0);
      return refusals;
    };
    assert.equal(await told(await stranger.server()), 0, "the certificate is of another authority");
    assert.equal(await told(await authority.agent("m2")), 0, "an agent plays a server");
    assert.notEqual(await told(serverTls), 0);
  });

  test("a port that does not speak HTTP/2 is passed over", async () => {
    const plain = createServer({ ...serverTls }).listen(0, "127.0.0.1");
    after(() => plain.close());
    await once(plain, "listening");
    await using right = await named("right");
    using link = linkTo([{ host: "127.0.0.1", port: (plain.address() as AddressInfo).port }, right.address]);
    assert.equal(await answerOf(link), "right");
  });

  test("a refused machine learns why, and is admitted when the reason is gone", async () => {
    let isMember = false;
    const admit: LoopbackServerOptions["admit"] = ({ commonName }) =>
      isMember ? { machineID: commonName ?? "" } : { refused: "machine m1 was removed" };
    await using server = await serve(async (call) => call.answer(200, "welcome"), { admit });
    using link = linkTo([server.address]);
    await assert.rejects(
      answerOf(link),
      new LinkRefusedError(`127.0.0.1:${server.address.port}`, "machine m1 was removed"),
    );
    isMember = true;
    await until(() => "server" in link.status, "it is admitted");
    assert.equal(await answerOf(link), "welcome");
  });

  test("a server that cannot decide is passed over", async () => {
    await using a = await serve(async (call) => call.answer(200, "a"), { admit: () => ({ unavailable: "starting" }) });
    await using b = await named("b");
    using link = linkTo([a.address, b.address]);
    assert.equal(await answerOf(link), "b");
  });

  test("a new certificate is used after reconnect, and the answer in progress arrives", async () => {
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const admit: LoopbackServerOptions["admit"] = ({ serialNumber }) => ({ machineID: `generation ${serialNumber}` });
    const work = async (call: LinkCall): Promise<void> => {
      if (call.path === "/slow") {
        begun.resolve();
        await go.promise;
      }
      call.answer(200, call.machineID);
    };
    await using server = await serve(work, { admit });
    let tls = agentTls;
    using link = linkTo([server.address], quick, () => tls);
    const slow = link.request("/slow", "", limit);
    await begun.promise;
    tls = await authority.agent("m1", "2");
    link.reconnect("the certificate was renewed");
    assert.equal(await answerOf(link), "generation 2");
    go.resolve();
    assert.equal((await slow).body, "generation 1");
    await until(() => server.link.size === 1, "the old session ends");
  });

  test("a session ends when its certificate does", async () => {
    let offset = 0;
    const clock = { ...systemClock, wall: () => systemClock.wall() + offset };
    const wait = (call: LinkCall): Promise<void> =>
      new Promise((resolve) => call.signal.addEventListener("abort", () => resolve()));
    await using server = await serve(wait, { clock });
    using link = linkTo([server.address]);
    const lines = link.lines("/", "", AbortSignal.timeout(10_000))[Symbol.asyncIterator]();
    offset = 2 * 3_600_000;
    await assert.rejects(lines.next(), /certificate has expired/);
  });
});
