import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogFields, silentLogger } from "@flotilla/runtime";
import dbus from "dbus-next";
import { type Answer, BusPeer } from "../fixture/bus-peer.ts";
import { openTestManager } from "../fixture/open-test-manager.ts";
import { PrivateBus } from "../fixture/private-bus.ts";

const SYSTEMD = "org.freedesktop.systemd1";

/** The answers of a systemd without units of the cluster. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  Get: ["v", new dbus.Variant("as", [])],
  ListUnitsByNames: ["a(ssssssouso)", []],
};

test("the log says why the connection was lost when systemd leaves the bus", async (t) => {
  const bus = await PrivateBus.start();
  t.after(() => bus.stop());
  const systemd = await BusPeer.start(bus.address, SYSTEMD, ({ member }) => ANSWERS[member] ?? [""]);
  t.after(() => systemd.stop());
  const lost = Promise.withResolvers<unknown>();
  const log = { ...silentLogger, warn: (_: string, fields: LogFields = {}) => lost.resolve(fields["error"]) };
  const { close } = await openTestManager(bus.address, log);
  t.after(close);
  await systemd.releaseName(SYSTEMD);
  assert.equal(
    await lost.promise,
    "the connection to systemd was lost (systemd has left the bus, as when the bus restarts); reconnecting",
  );
});
