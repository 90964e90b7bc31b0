import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createConnection } from "node:net";
import { buffer } from "node:stream/consumers";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SecretError } from "@flotilla/agent";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import type { SocketPeer } from "../host/native-calls.ts";
import { credentialRequest } from "./credential-request.ts";
import { CredentialSocket } from "./credential-socket.ts";

const directory = mkdtempSync(join(tmpdir(), "fleet-credentials-"));
after(() => rmSync(directory, { recursive: true }));

/** systemd refuses a credential of more bytes. */
const MOST_BYTES = 1024 * 1024;
const SYSTEMD: SocketPeer = { pid: 1, uid: 0, address: "\0adf9d86b6eda275e/unit/web@1.service/db" };

async function withSocket(
  peer: SocketPeer | undefined,
  use: (socket: CredentialSocket, ask: () => Promise<Buffer>, clock: ManualClock) => Promise<void>,
): Promise<void> {
  const path = join(directory, "secrets.sock");
  const clock = new ManualClock();
  const socket = await CredentialSocket.open({
    listen: { path },
    uid: 0,
    peerOf: () => peer,
    clock,
    log: silentLogger,
  });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const ask = async (): Promise<Buffer> => {
    const client = createConnection({ path, allowHalfOpen: true });
    client.end();
    return buffer(client);
  };
  try {
    await use(socket, ask, clock);
  } finally {
    await socket.close(0);
  }
}

test("systemd gets the value for the unit and the credential in its address", () =>
  withSocket(SYSTEMD, async (socket, ask) => {
    socket.serve(async ({ unit, name }) => Buffer.from(`${unit} ${name}`));
    assert.equal((await ask()).toString(), "web@1.service db");
  }));

test("a refusal is more than systemd accepts, since an empty answer would start the unit without its secret", () =>
  withSocket(SYSTEMD, async (socket, ask) => {
    socket.serve(() => Promise.reject(new SecretError("no such secret")));
    assert.ok((await ask()).length > MOST_BYTES);
  }));

test("a request waits for the agent, and is refused when none comes in time", () =>
  withSocket(SYSTEMD, async (socket, ask, clock) => {
    socket.serve(async () => Buffer.from("first"));
    socket.hold();
    const waiting = ask();
    socket.serve(async () => Buffer.from("second"));
    assert.equal((await waiting).toString(), "second");
    socket.hold();
    const late = ask();
    for (let second = 0; second < 31; second += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(1_000);
    }
    assert.ok((await late).length > MOST_BYTES);
  }));

test("an end of the daemon accepts no more connections, and lets open requests finish", () =>
  withSocket(SYSTEMD, async (socket, ask) => {
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    const asked = Promise.withResolvers<void>();
    socket.serve(() => {
      asked.resolve();
      return promise;
    });
    const open = ask();
    await asked.promise;
    const closed = socket.close(60_000);
    await assert.rejects(ask(), /ENOENT|ECONNREFUSED/);
    resolve(Buffer.from("value"));
    assert.equal((await open).toString(), "value");
    await closed;
  }));

test("another user, and a client without a unit in its address, get nothing", async () => {
  for (const peer of [
    { ...SYSTEMD, uid: 1000 },
    { ...SYSTEMD, address: "" },
    { ...SYSTEMD, address: "/tmp/x" },
    undefined,
  ])
    await withSocket(peer, async (socket, ask) => {
      socket.serve(async () => Buffer.from("value"));
      assert.equal((await ask().catch(() => Buffer.alloc(0))).length, 0);
    });
});

const ADDRESSES: readonly (readonly [string, { unit: string; name: string } | undefined])[] = [
  ["\0adf9d86b6eda275e/unit/foobar.service/credx", { unit: "foobar.service", name: "credx" }],
  ["\x001/unit/a@b\\x2dc.service/tls.key", { unit: "a@b\\x2dc.service", name: "tls.key" }],
  ["adf9/unit/a.service/x", undefined],
  ["\0adf9/unit/a.service", undefined],
  ["\0adf9/unit/a/b.service/x", undefined],
  ["\0xyz/unit/a.service/x", undefined],
  ["", undefined],
];

for (const [address, request] of ADDRESSES)
  test(`credentialRequest reads ${JSON.stringify(address)}`, () => {
    assert.deepEqual(credentialRequest(address), request);
  });
