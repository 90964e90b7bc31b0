import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Message } from "dbus-next";
import fc from "fast-check";
import { type Answer, BusPeer } from "../../fixture/bus-peer.ts";
import { connectionOptions } from "../../fixture/connection-options.ts";
import { PrivateBus } from "../../fixture/private-bus.ts";
import { UnitManagerRefusedError } from "../../unit-manager-error.ts";
import { BusConnection } from "./bus-connection.ts";
import { encodeStringCall } from "./simple-message.ts";

const PEER = "org.example.Peer";
const OBJECT = { destination: PEER, path: "/org/example/peer", interface: "org.example.Interface" };

/** Strings as D-Bus allows them: UTF-8 without a nul. */
const text = fc.string({ unit: "grapheme" }).map((any) => any.replaceAll("\0", "0"));
const plain = fc.oneof(
  text.map((value) => ["s", value] as const),
  fc.constantFrom("/", "/a/b_1").map((value) => ["o", value] as const),
  fc.constantFrom("", "a{sv}").map((value) => ["g", value] as const),
  fc.nat(2 ** 32 - 1).map((value) => ["u", value] as const),
  fc.boolean().map((value) => ["b", value] as const),
);
/** Types that dbus-next decodes. */
const other = fc.oneof(
  fc.array(text, { maxLength: 3 }).map((value) => ["as", value] as const),
  fc.integer().map((value) => ["i", value] as const),
);

let bus: PrivateBus;
let peer: BusPeer;
let connection: BusConnection;

before(async () => {
  bus = await PrivateBus.start();
  peer = await BusPeer.start(bus.address, PEER, answer);
  connection = await BusConnection.open(connectionOptions(bus.address), new AbortController().signal);
});
after(async () => {
  connection.close();
  peer.stop();
  await bus.stop();
});

test("a call with strings arrives through the bus, which checks every byte", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 4 }), fc.integer({ min: 1, max: 12 }), async (body, length) => {
      const member = "M".repeat(length);
      const signature = "s".repeat(body.length);
      const got = await connection.call({ ...OBJECT, member, signature, body }, (args) => args);
      assert.deepEqual(got, [member, ...body]);
    }),
  );
});

test("a reply is decoded the same by the adapter and by dbus-next", async () => {
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

test("an error reply has its name and text", async () => {
  const call = { ...OBJECT, member: "Refuse", signature: "s", body: ["for a reason"] };
  await assert.rejects(connection.call(call, String), (error) => {
    assert.ok(error instanceof UnitManagerRefusedError);
    assert.equal(error.errorName, "org.example.Error.Refused");
    assert.match(error.message, /for a reason/);
    return true;
  });
});

test("a call with other types than strings is encoded by dbus-next", async () => {
  const call = { ...OBJECT, member: "Numbers", signature: "su", body: ["one", 2] };
  assert.equal(encodeStringCall(call, 1), undefined);
  assert.equal(encodeStringCall({ ...call, signature: "as", body: [["one"]] }, 1), undefined);
  assert.deepEqual(await connection.call(call, (args) => args), ["Numbers", "one", 2]);
});

/** The arguments that the call asks for, or the call's own. */
function answer({ member, signature, body }: Message): Answer {
  const args: readonly unknown[] = body;
  if (member === "Refuse") return { error: "org.example.Error.Refused", text: String(args[0]) };
  if (member !== "Say") return [`s${signature}`, member, ...args];
  const given = JSON.parse(String(args[0])) as readonly (readonly [string, unknown])[];
  return [given.map(([type]) => type).join(""), ...given.map(([, value]) => value)];
}
