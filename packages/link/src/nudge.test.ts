import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { openLink } from "./client/open-link.ts";
import { LoopbackServer, TestAuthority } from "./fixture/index.ts";
import { until } from "./fixture/until.ts";
import type { LinkCall } from "./port/link-call.ts";

const authority = await TestAuthority.create();
const serverTls = await authority.server();
const routes = new Map([["/", async (call: LinkCall) => call.answer(200, "")]]);
const common = { clock: systemClock, random: () => 0, log: silentLogger };

test("a nudge reaches the machine that it is for, on the session that is open", async () => {
  await using server = await LoopbackServer.start({ tls: serverTls, routes });
  const nudged: string[] = [];
  const links = await Promise.all(
    ["m1", "m2"].map(async (machine) => {
      const tls = await authority.agent(machine);
      return openLink({ servers: [server.address], tls: () => tls, onNudge: () => nudged.push(machine), ...common });
    }),
  );
  try {
    for (const link of links) await link.request("/", "", { limitMs: 10_000 });
    server.link.nudge("m2");
    server.link.nudge("unknown");
    await until(() => nudged.length > 0, "a nudge");
    for (const link of links) assert.equal((await link.request("/", "", { limitMs: 10_000 })).status, 200);
    assert.deepEqual(nudged, ["m2"]);
  } finally {
    for (const link of links) link.close();
  }
});

test("sessions whose certificates are not accepted any more are cut, and no others", async () => {
  await using server = await LoopbackServer.start({ tls: serverTls, routes });
  const links = await Promise.all(
    ["m0", "m1"].map(async (machine) => {
      const tls = await authority.agent(machine);
      return openLink({ servers: [server.address], tls: () => tls, ...common });
    }),
  );
  try {
    for (const link of links) await link.request("/", "", { limitMs: 10_000 });
    assert.equal(server.link.size, 2);
    const ended: string[] = [];
    server.link.cutOthers((certificate) => {
      const isOurs = certificate.subject.includes("CN=m0");
      if (!isOurs) ended.push(certificate.subject);
      return isOurs;
    }, "another authority");
    assert.equal(ended.length, 1);
    assert.ok(server.link.machines().includes("m0"));
    assert.equal(server.link.size, 1);
  } finally {
    for (const link of links) link.close();
  }
});
