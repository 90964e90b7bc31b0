import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { systemClock } from "@flotilla/runtime";
import dbus, { type Message, type MessageBus } from "dbus-next";
import fc from "fast-check";
import { UnitManagerRefusedError } from "../../unit-manager-error.ts";
import { BusConnection } from "./bus-connection.ts";
import { textCall } from "./plain-message.ts";
import { PrivateBus } from "../../fixture/private-bus.ts";
import { refusalOf } from "../../fixture/stand-in-systemd.ts";

const PEER = "org.example.Peer";
const OBJECT = { destination: PEER, path: "/org/example/peer", interface: "org.example.Interface" };

/** Whatever D-Bus takes for a string, which is UTF-8 without a nul. */
const text = fc.string({ unit: "grapheme" }).map((any) => any.replaceAll("\0", "0"));
const plain = fc.oneof(
  text.map((value) => ["s", value] as const),
  fc.constantFrom("/", "/a/b_1").map((value) => ["o", value] as const),
  fc.constantFrom("", "a{sv}").map((value) => ["g", value] as const),
  fc.nat(2 ** 32 - 1).map((value) => ["u", value] as const),
  fc.boolean().map((value) => ["b", value] as const),
);
/** What dbus-next has to read. */
const other = fc.oneof(
  fc.array(text, { maxLength: 3 }).map((value) => ["as", value] as const),
  fc.integer().map((value) => ["i", value] as const),
);

let bus: PrivateBus;
let peer: MessageBus;
let connection: BusConnection;

before(async () => {
  bus = await PrivateBus.start();
  peer = dbus.sessionBus({ busAddress: bus.address });
  peer.addMethodHandler((message: Message) => answer(message));
  await peer.requestName(PEER, 0);
  const options = { address: bus.address, clock: systemClock, callTimeoutMs: 5_000, onSignal: () => {} };
  connection = await BusConnection.open(options, new AbortController().signal);
});
after(async () => {
  connection.close();
  peer.disconnect();
  await bus.stop();
});

test("what is called with text arrives, past the bus and its checks", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 4 }), fc.integer({ min: 1, max: 12 }), async (body, length) => {
      const member = "M".repeat(length);
      const signature = "s".repeat(body.length);
      const got = await connection.call({ ...OBJECT, member, signature, body }, (args) => args);
      assert.deepEqual(got, [member, ...body]);
    }),
  );
});

test("an answer is read the same, whoever reads it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof({ weight: 4, arbitrary: plain }, other), { maxLength: 6 }), async (given) => {
      const call = { ...OBJECT, member: "Say", signature: "s", body: [JSON.stringify(given)] };
      assert.deepEqual(
        await connection.call(call, (args) => args),
        given.map(([, value]) => value),
      );
    }),
  );
});

test("a refusal comes with its name and words", async () => {
  const call = { ...OBJECT, member: "Refuse", signature: "s", body: ["for a reason"] };
  await assert.rejects(connection.call(call, String), (error) => {
    assert.ok(error instanceof UnitManagerRefusedError);
    assert.equal(error.errorName, "org.example.Error.Refused");
    assert.match(error.message, /for a reason/);
    return true;
  });
});

test("a call with anything but text is left to dbus-next", async () => {
  const call = { ...OBJECT, member: "Numbers", signature: "su", body: ["one", 2] };
  assert.equal(textCall(call, 1), undefined);
  assert.equal(textCall({ ...call, signature: "as", body: [["one"]] }, 1), undefined);
  assert.deepEqual(await connection.call(call, (args) => args), ["Numbers", "one", 2]);
});

/** Says what it is told to, or else what it was called with. */
function answer(message: Message): boolean {
  const { member, signature } = message;
  const body: readonly unknown[] = message.body;
  if (member === "Say") {
    const given = JSON.parse(String(body[0])) as readonly (readonly [string, unknown])[];
    const types = given.map(([type]) => type).join("");
    peer.send(
      dbus.Message.newMethodReturn(
        message,
        types,
        given.map(([, value]) => value),
      ),
    );
  } else if (member === "Refuse") {
    peer.send(refusalOf(message, "org.example.Error.Refused", String(body[0])));
  } else peer.send(dbus.Message.newMethodReturn(message, `s${signature}`, [member, ...body]));
  return true;
}
