import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import dbus from "dbus-next";
import {
  UnitManagerRefusedError,
  UnitManagerTimeoutError,
  UnitManagerUnavailableError,
} from "../../unit-manager-error.ts";
import { BusConnection, type BusSignal } from "./bus-connection.ts";
import { connectionOptions } from "../../fixture/connection-options.ts";
import { PrivateBus } from "../../fixture/private-bus.ts";

const BUS = "org.freedesktop.DBus";
const SEEN: ReadonlySet<string> = new Set(["NameOwnerChanged"]);
const forever = new AbortController().signal;

describe("BusConnection", () => {
  let bus: PrivateBus;
  beforeEach(async () => {
    bus = await PrivateBus.start();
  });
  afterEach(() => bus.stop());

  const open = (callTimeoutMs = 5_000, onSignal: (signal: BusSignal) => void = () => {}): Promise<BusConnection> =>
    BusConnection.open({ ...connectionOptions(bus.address, { members: SEEN, onSignal }), callTimeoutMs }, forever);

  it("reads each reply in its order among the signals", async () => {
    const order: string[] = [];
    const connection = await open(5_000, ({ member }) => void order.push(member));
    await ask(connection, "AddMatch", `type='signal',member='NameOwnerChanged',arg0='org.example.One'`);
    const note = (): void => void order.push("reply");
    await Promise.all([
      request(connection, "RequestName", "su", ["org.example.One", 0], note),
      request(connection, "ReleaseName", "s", ["org.example.One"], note),
    ]);
    const seen = order.filter((what) => what === "reply" || what === "NameOwnerChanged");
    assert.deepEqual(seen, ["NameOwnerChanged", "reply", "NameOwnerChanged", "reply"]);
    connection.close();
  });

  it("fails a call with the error that the callee sends", async () => {
    const connection = await open();
    await assert.rejects(ask(connection, "GetNameOwner", "org.example.None"), UnitManagerUnavailableError);
    await assert.rejects(ask(connection, "NoSuchMethod", ""), (error) => {
      assert.ok(error instanceof UnitManagerRefusedError);
      assert.equal(error.errorName, `${BUS}.Error.UnknownMethod`);
      assert.match(error.message, /NoSuchMethod/);
      return true;
    });
    connection.close();
  });

  it("fails every call when the bus dies, and every later call", async () => {
    const connection = await open();
    bus.signal("SIGSTOP");
    const calls = Array.from({ length: 300 }, () => ask(connection, "GetNameOwner", BUS));
    bus.signal("SIGKILL");
    const outcomes = await Promise.allSettled(calls);
    assert.ok(outcomes.every((one) => one.status === "rejected" && one.reason instanceof UnitManagerUnavailableError));
    assert.ok(connection.lost.aborted);
    await assert.rejects(ask(connection, "GetNameOwner", BUS), UnitManagerUnavailableError);
  });

  it("fails a call that is made while the connection ends", async () => {
    const connection = await open();
    bus.signal("SIGKILL");
    const outcomes: Promise<unknown>[] = [];
    while (!connection.lost.aborted) {
      // Both encoders are in use: dbus-next encodes the second and third.
      const calls = [
        ask(connection, "GetNameOwner", BUS),
        request(connection, "RequestName", "su", ["org.example.One", 0], () => {}),
        request(connection, "RequestName", "su", ["org.example.Two", 0], () => {}),
      ];
      outcomes.push(...calls.map((call) => assert.rejects(call, UnitManagerUnavailableError)));
      await setImmediate();
    }
    await Promise.all(outcomes);
  });

  it("fails every call when the bus hangs, and gives the connection up", async () => {
    const connection = await open(100);
    bus.signal("SIGSTOP");
    const [first, ...others] = await Promise.allSettled([1, 2, 3].map(() => ask(connection, "GetNameOwner", BUS)));
    assert.ok(first?.status === "rejected" && first.reason instanceof UnitManagerTimeoutError);
    assert.ok(others.every((one) => one.status === "rejected" && one.reason instanceof UnitManagerUnavailableError));
    assert.ok(connection.lost.aborted);
  });

  it("refuses a call of another process", async () => {
    const [connection, peer] = [await open(), dbus.sessionBus({ busAddress: bus.address })];
    await request(connection, "RequestName", "su", ["org.example.Callee", 0], () => {});
    const call = { destination: "org.example.Callee", path: "/", interface: "org.example.Any", member: "Anything" };
    await assert.rejects(peer.call(new dbus.Message(call)), { type: `${BUS}.Error.UnknownMethod`, text: /Anything/ });
    peer.disconnect();
    connection.close();
  });

  it("lets one caller abort, and serves the others", async () => {
    const connection = await open();
    const reason = new Error("enough");
    const abort = new AbortController();
    bus.signal("SIGSTOP");
    const given = ask(connection, "GetNameOwner", BUS, abort.signal);
    const kept = ask(connection, "GetNameOwner", BUS);
    abort.abort(reason);
    await assert.rejects(given, reason);
    bus.signal("SIGCONT");
    assert.deepEqual(await kept, [BUS]);
    connection.close();
  });

  it("completes more calls at once than the bus allows to wait", async () => {
    const connection = await open();
    const answers = await Promise.all(Array.from({ length: 2_000 }, () => ask(connection, "GetNameOwner", BUS)));
    assert.equal(answers.length, 2_000);
    connection.close();
  });

  it("does not time out when this process itself was stopped", async () => {
    const connection = await open(100);
    const answer = ask(connection, "GetNameOwner", BUS);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    assert.deepEqual(await answer, [BUS]);
    connection.close();
  });

  it("does not open when the bus hangs, the caller aborts, or no bus listens", async () => {
    bus.signal("SIGSTOP");
    await assert.rejects(open(100), UnitManagerTimeoutError);
    const reason = new Error("enough");
    const abort = new AbortController();
    const options = connectionOptions(bus.address);
    const opening = BusConnection.open(options, abort.signal);
    abort.abort(reason);
    await assert.rejects(opening, reason);
    const nowhere = { ...options, address: "unix:path=/nonexistent/bus" };
    await assert.rejects(BusConnection.open(nowhere, forever), UnitManagerUnavailableError);
  });
});

describe("BusConnection and a bus that misbehaves", () => {
  it("fails to open when the bus refuses Hello", async () => {
    const bus = await PrivateBus.start({ max_completed_connections: 1, max_connections_per_user: 1 });
    const options = connectionOptions(bus.address);
    const first = await BusConnection.open(options, forever);
    await assert.rejects(BusConnection.open(options, forever), UnitManagerUnavailableError);
    // systemd's own socket has no Hello.
    const direct = await BusConnection.open({ ...options, isDirect: true }, forever);
    for (const connection of [first, direct]) connection.close();
    await bus.stop();
  });

  for (const bytes of [8, 20]) {
    it(`fails to open when the stream ends ${bytes} bytes into a message`, async () => {
      const server = createServer((socket) => {
        socket.on("error", () => {});
        socket.on("data", (data) => {
          if (data.includes("AUTH")) socket.write("OK 0123456789abcdef0123456789abcdef\r\n");
          if (data.includes("BEGIN")) socket.end(partOfMessage(bytes));
        });
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const address = `tcp:host=127.0.0.1,port=${(server.address() as AddressInfo).port}`;
      await assert.rejects(BusConnection.open(connectionOptions(address), forever), UnitManagerUnavailableError);
      server.close();
    });
  }
});

/** The start of a little-endian reply whose header fields are 64 bytes long. */
function partOfMessage(bytes: number): Buffer {
  const message = Buffer.alloc(bytes);
  Buffer.from([0x6c, 2, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 64, 0, 0, 0]).copy(message);
  return message;
}

function ask(
  connection: BusConnection,
  member: string,
  name: string,
  signal?: AbortSignal,
): Promise<readonly unknown[]> {
  return request(connection, member, "s", [name], (body) => body, signal);
}

function request<T>(
  connection: BusConnection,
  member: string,
  signature: string,
  body: readonly unknown[],
  read: (body: readonly unknown[]) => T,
  signal?: AbortSignal,
): Promise<T> {
  const call = { destination: BUS, path: "/org/freedesktop/DBus", interface: BUS, member, signature, body };
  return connection.call(call, read, signal);
}
