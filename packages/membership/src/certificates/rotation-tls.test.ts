import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { connect, createServer, type TLSSocket } from "node:tls";
import { type MachineIdentity, peerName } from "./identity.ts";
import { createClusterIdentity, issueMachineIdentity, succeedAuthority } from "./certificates.ts";
import { bundleOf, isIssuedBy, isSameTrust, pinnableIn, trustedIn, withChain } from "./trust.ts";
import { pinOf } from "../join/key-hash.ts";

const NOW = Date.now();
const [SERVER, AGENT] = ["a".repeat(32), "b".repeat(32)];

/** An authority that was rotated twice over, as after each step of the second rotation. */
const oldest = await createClusterIdentity(NOW);
const former = await succeedAuthority(oldest, NOW);
const rotating = await succeedAuthority(former, NOW);
const { previous = assert.fail() } = rotating;
const dropped = { ...rotating, previous: { ...previous, droppedAt: NOW } };
const forced = { ...rotating, previous: { certificate: previous.certificate, replacedAt: NOW, droppedAt: NOW } };

const server = (of: typeof former): Promise<MachineIdentity> =>
  issueMachineIdentity(of, { machineID: SERVER, role: "server", names: [] }, NOW);
const agent = (of: typeof former): Promise<MachineIdentity> =>
  issueMachineIdentity(of, { machineID: AGENT, role: "agent", generation: "g", names: [] }, NOW);

/** Whether each side accepts the other one's certificate. */
async function handshake(t: TestContext, one: MachineIdentity, other: MachineIdentity) {
  const listener = createServer({ ...one, requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.3" });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  t.after(() => listener.close());
  const { port } = listener.address() as AddressInfo;
  const accepted = once(listener, "secureConnection") as Promise<[TLSSocket]>;
  const servername = peerName(SERVER);
  const client = connect({ ...other, host: "127.0.0.1", port, servername, rejectUnauthorized: false });
  await once(client, "secureConnect");
  const [socket] = await accepted;
  const result = [client.authorized, socket.authorized];
  client.destroy();
  socket.destroy();
  return result;
}

const both = [true, true];
for (const [what, serverOf, agentOf, expected] of [
  ["a server that has not noticed the rotation, and an agent with the new authority", former, rotating, both],
  ["a server with the new authority, and an agent that does not know it", rotating, former, both],
  ["a server with the new authority, and an agent that has it", rotating, rotating, both],
  ["a server after the end of a rotation, and an agent of the former authority", dropped, former, [true, false]],
  ["a server after a forced end, and an agent of the former authority", forced, former, [false, false]],
  ["a server of the former authority, and an agent after the end", former, forced, [false, false]],
  [
    "a server with the new authority, and an agent of the authority before the former one",
    rotating,
    oldest,
    [false, false],
  ],
] as const)
  test(`${what}: accepted are ${expected.join(", ")}`, async (t) => {
    assert.deepEqual(await handshake(t, await server(serverOf), await agent(agentOf)), expected);
  });

test("the trusted and the pinnable authorities of each step", () => {
  const [present, previous] = [pinOf(rotating.certificate), pinOf(former.certificate)];
  const pins = (authorities: readonly string[]): string[] => authorities.map(pinOf);
  assert.deepEqual(pins(trustedIn(rotating)), [present, previous]);
  assert.deepEqual(pins(trustedIn(dropped)), [present]);
  assert.deepEqual(pins(pinnableIn(dropped)), [present, previous]);
  assert.deepEqual(pins(pinnableIn(forced)), [present]);
  assert.ok(isSameTrust([previous, present], trustedIn(rotating)));
  assert.ok(!isSameTrust([present], trustedIn(rotating)));
  assert.ok(!isSameTrust([present], ["garbage"]));
});

test("a chain keeps the machine's certificate first", async () => {
  const { cert, ca } = await agent(rotating);
  assert.ok(isIssuedBy(cert, rotating.certificate));
  assert.ok(!isIssuedBy(cert, former.certificate));
  assert.equal(ca, bundleOf(rotating));
  assert.equal(withChain("x", oldest), "x");
});
