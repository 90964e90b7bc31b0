import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import dbus from "dbus-next";
import { BusConnection, type SignalHandlers } from "./bus-connection.ts";
import { connectionOptions } from "../../fixture/connection-options.ts";
import { PrivateBus } from "../../fixture/private-bus.ts";
import type { PropertySignal } from "./property-signal.ts";

const FOLLOWED = "/org/example/followed";
const forever = new AbortController().signal;

/** A value of every type of D-Bus except descriptors, with lengths that need every kind of padding. */
const OTHERS: readonly (readonly [signature: string, value: unknown])[] = [
  ["y", 7],
  ["b", true],
  ["n", -2],
  ["q", 2],
  ["i", -3],
  ["u", 3],
  ["x", -4n],
  ["t", 4n],
  ["d", 1.5],
  ["s", "five!"],
  ["o", "/a/b"],
  ["g", "a{sv}"],
  ["v", new dbus.Variant("ax", [1n, 2n])],
  ["as", ["one", "", "three"]],
  ["ay", Buffer.from([1, 2, 3])],
  ["at", []],
  ["a(sst)", [["a", "bc", 5n]]],
  ["a{sv}", { key: new dbus.Variant("(yas)", [1, ["x"]]) }],
  ["(y(qx)as)", [1, [2, 3n], ["y"]]],
  // systemd's description of a command of a service.
  ["a(sasbttttuii)", [["/bin/sleep", ["sleep", "1"], false, 1n, 2n, 3n, 4n, 5, 6, 7]]],
];

test("the requested properties are read from between values of every type", async (t) => {
  const { connection, send, seen } = await openPair(t);
  for (const [signature, value] of OTHERS) {
    await send(FOLLOWED, [
      ["ActiveState", new dbus.Variant("s", "active")],
      ["Other", new dbus.Variant(signature, value)],
      ["Job", new dbus.Variant("(uo)", [12, "/job/12"])],
      ["AndAnother", new dbus.Variant(signature, value)],
      ["SubState", new dbus.Variant("s", "running")],
    ]);
  }
  const expected = { ActiveState: "active", Job: [12, "/job/12"], SubState: "running" };
  assert.deepEqual(
    seen.map(({ changed }) => changed),
    OTHERS.map(() => expected),
  );
  assert.ok(!connection.lost.aborted);
});

test("a change of an object that is not followed is skipped", async (t) => {
  const { send, seen } = await openPair(t);
  await send("/org/example/other", [["ActiveState", new dbus.Variant("s", "active")]]);
  await send(FOLLOWED, [["SubState", new dbus.Variant("s", "running")]]);
  assert.deepEqual(
    seen.map(({ path }) => path),
    [FOLLOWED],
  );
});

test("other signals are reported only if their member is requested", async (t) => {
  const { sendOther, others } = await openPair(t);
  for (const member of ["Unwanted", "Wanted"]) await sendOther(member);
  assert.deepEqual(others, ["Wanted"]);
});

async function openPair(t: TestContext) {
  const bus = await PrivateBus.start();
  t.after(() => bus.stop());
  const seen: PropertySignal[] = [];
  const others: string[] = [];
  const signals: SignalHandlers = {
    members: new Set(["Wanted"]),
    onSignal: ({ member }) => void others.push(member),
    properties: { follows: (path) => path === FOLLOWED, names: new Set(["ActiveState", "SubState", "Job"]) },
    onPropertiesChanged: (signal) => void seen.push(signal),
  };
  const connection = await BusConnection.open(connectionOptions(bus.address, signals), forever);
  const call = {
    destination: "org.freedesktop.DBus",
    path: "/org/freedesktop/DBus",
    interface: "org.freedesktop.DBus",
  };
  const ask = (member: string, argument: string): Promise<unknown> =>
    connection.call({ ...call, member, signature: "s", body: [argument] }, ([answer]) => answer, forever);
  await ask("AddMatch", "type='signal',path_namespace='/org/example'");
  const sender = dbus.sessionBus({ busAddress: bus.address });
  t.after(() => {
    connection.close();
    sender.disconnect();
  });
  // The bus answers the sender after it has forwarded the sender's earlier messages.
  const passed = async (): Promise<void> => {
    await sender.call(new dbus.Message({ ...call, member: "GetId" }));
    await ask("GetNameOwner", "org.freedesktop.DBus");
  };
  const send = async (path: string, properties: readonly (readonly [string, dbus.Variant])[]): Promise<void> => {
    const body = ["org.example.Unit", Object.fromEntries(properties), ["Gone"]];
    sender.send(dbus.Message.newSignal(path, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", body));
    await passed();
  };
  const sendOther = async (member: string): Promise<void> => {
    sender.send(dbus.Message.newSignal(FOLLOWED, "org.example.Unit", member, "s", ["any"]));
    await passed();
  };
  return { connection, send, sendOther, seen, others };
}
