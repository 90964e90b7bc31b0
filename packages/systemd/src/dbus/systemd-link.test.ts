import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type LogFields, silentLogger, systemClock } from "@flotilla/runtime";
import dbus, { type Message } from "dbus-next";
import { openDbusUnitManager } from "./open.ts";
import { PrivateBus } from "../fixture/private-bus.ts";

/** What a follower asks of a systemd that has none of the cluster's units. */
const ANSWERS: Readonly<Record<string, readonly [signature: string, ...body: unknown[]]>> = {
  Subscribe: [""],
  Get: ["v", new dbus.Variant("as", [])],
  ListUnitsByNames: ["a(ssssssouso)", []],
};

test("the loss of a systemd that leaves the bus is logged as what it is", async () => {
  const bus = await PrivateBus.start();
  const directory = await mkdtemp(join(tmpdir(), "flotilla-link-"));
  const systemd = dbus.sessionBus({ busAddress: bus.address });
  systemd.addMethodHandler((message: Message) => {
    const [signature, ...body] = ANSWERS[message.member] ?? [""];
    systemd.send(dbus.Message.newMethodReturn(message, signature, body));
    return true;
  });
  await systemd.requestName("org.freedesktop.systemd1", 0);
  const lost = Promise.withResolvers<unknown>();
  const log = { ...silentLogger, warn: (_: string, fields: LogFields = {}) => lost.resolve(fields["error"]) };
  const [unitDir, linkDir] = [join(directory, "units"), join(directory, "links")];
  const manager = await openDbusUnitManager({
    ...{ bus: "system", address: bus.address, unitDir, linkDir },
    ...{ clock: systemClock, random: Math.random, log, callTimeoutMs: 5_000 },
  });
  await systemd.releaseName("org.freedesktop.systemd1");
  assert.equal(
    await lost.promise,
    "The connection to systemd was lost (systemd has left the bus, as when that restarts); it is tried again.",
  );
  await manager.close();
  systemd.disconnect();
  await bus.stop();
  await rm(directory, { recursive: true });
});
