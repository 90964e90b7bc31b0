import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { openLink } from "./client/open-link.ts";
import { linkContract } from "./contract/link-contract.ts";
import { LoopbackServer, TestAuthority } from "./fixture/index.ts";
import type { LinkCall } from "./port/link-call.ts";

const authority = await TestAuthority.create();
const [serverTls, agentTls] = [await authority.server(), await authority.agent("m1")];

linkContract("a link over the network", {
  async open(routes, admit) {
    const limits = { slowReaderMs: 300, slowestBytes: 10_000_000 };
    const server = await LoopbackServer.start({ tls: serverTls, routes, limits, ...(admit && { admit }) });
    const clock = systemClock;
    const link = openLink({
      servers: [server.address],
      tls: () => agentTls,
      clock,
      random: () => 0,
      log: silentLogger,
    });
    return {
      link,
      cut: (reason) => server.link.cut("m1", reason),
      async [Symbol.asyncDispose]() {
        link.close();
        await server.close();
      },
    };
  },
});

test("large requests that are sent at the same time all get their answers", async () => {
  const routes = new Map([["/", async (call: LinkCall) => call.answer(200, String((await call.body()).length))]]);
  await using server = await LoopbackServer.start({ tls: serverTls, routes });
  const options = { tls: () => agentTls, clock: systemClock, random: () => 0, log: silentLogger };
  // On a busy machine, a PING may wait long behind the requests.
  const link = openLink({ servers: [server.address], limits: { pongMs: 60_000 }, ...options });
  const body = "x".repeat(1_500_000);
  const send = () => link.request("/", body, { limitMs: 20_000 });
  // Together 18 MB. Node's default limit for a session is 10 MB.
  try {
    const answers = await Promise.all(Array.from({ length: 12 }, send));
    for (const answer of answers) assert.deepEqual(answer, { status: 200, body: "1500000" });
  } finally {
    link.close();
  }
});

test("an agent says of servers with a certificate of another authority what to do", async () => {
  await using server = await LoopbackServer.start({ tls: serverTls, routes: new Map() });
  const stranger = await (await TestAuthority.create()).agent("m1");
  const common = { clock: systemClock, random: () => 0, log: silentLogger };
  const link = openLink({ servers: [server.address], tls: () => stranger, ...common });
  try {
    await assert.rejects(link.request("/x", "", { limitMs: 10_000 }), {
      code: "link-unavailable",
      message: /its certificate is of another authority than.*fleetctl join SERVER --token TOKEN/,
    });
  } finally {
    link.close();
  }
});
