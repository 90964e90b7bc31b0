import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import type { LinkRoutes } from "../port/link-call.ts";
import { LinkUnavailableError } from "../port/link-error.ts";
import { linkContract } from "../contract/link-contract.ts";
import type { LinkHooks } from "./hooks.ts";
import { MemoryConnection } from "./memory-connection.ts";
import { MemoryLinkServer } from "./memory-link-server.ts";
import { openSimulatedLink } from "./simulated-link.ts";

const limit = { limitMs: 60_000 };

/** Two servers that answer with their names, and a link of the machine `m1` that prefers `a`. */
function start(hooksOf: (server: string) => LinkHooks = () => ({})) {
  const clock = new ManualClock();
  const [a, b] = (["a", "b"] as const).map((name) => serverOf(name, clock)) as [MemoryLinkServer, MemoryLinkServer];
  const link = openSimulatedLink({
    servers: [a, b].map(({ name }) => ({ host: name, port: 1 })),
    connect: async ({ host }) => {
      const server = host === "a" ? a : b;
      return new MemoryConnection({ server, session: server.connect("m1"), hooks: hooksOf(host) });
    },
    ...{ clock, random: () => 0, log: silentLogger },
  });
  const ask = async (): Promise<string> => (await link.request("/", "", limit)).body;
  return { clock, link, a, b, ask };
}

function serverOf(name: string, clock: ManualClock): MemoryLinkServer {
  const routes: LinkRoutes = new Map([["/", async (call) => call.answer(200, name)]]);
  return new MemoryLinkServer({ name, clock, routes });
}

linkContract("a simulated link", {
  async open(routes, admit) {
    const clock = new ManualClock();
    const server = new MemoryLinkServer({ name: "a", routes, clock, slowReaderMs: 300, ...(admit && { admit }) });
    const link = openSimulatedLink({
      servers: [{ host: "a", port: 1 }],
      connect: async () => new MemoryConnection({ server, session: server.connect("m1") }),
      ...{ clock, random: () => 0, log: silentLogger },
    });
    const ticking = setInterval(() => void clock.advance(10), 10);
    return {
      link,
      cut: (reason) => server.cut("m1", reason),
      async [Symbol.asyncDispose]() {
        clearInterval(ticking);
        link.close();
      },
    };
  },
});

suite("a simulated link", () => {
  test("goes over to the next server when a server stops, and waits while none is up", async () => {
    const { clock, link, a, b, ask } = start();
    assert.equal(await ask(), "a");
    await clock.advance(10_000);
    a.stop("upgrade");
    await clock.advance(0);
    assert.equal(await ask(), "b");
    b.stop("upgrade");
    const waiting = ask();
    await clock.advance(20_000);
    a.start();
    await clock.advance(20_000);
    assert.equal(await waiting, "a");
    link.close();
  });

  test("leaves a server that does not answer a PING for 4.8 s", async () => {
    let isSilent = false;
    const after = (server: string) => async (): Promise<void> => {
      if (isSilent && server === "a") await new Promise(() => {});
    };
    const { clock, link, ask } = start((server) => ({ after: after(server) }));
    assert.equal(await ask(), "a");
    isSilent = true;
    const lost = assert.rejects(ask(), LinkUnavailableError);
    await clock.advance(4_700);
    assert.deepEqual(link.status, { server: "a" });
    await clock.advance(200);
    await lost;
    assert.equal(await ask(), "b");
    link.close();
  });
});
