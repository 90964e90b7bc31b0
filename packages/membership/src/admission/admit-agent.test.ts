import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerCertificate } from "@flotilla/link";
import { admitAgent } from "./admit-agent.ts";

const AGENT: PeerCertificate = {
  commonName: "m1",
  organization: "flotilla:agent",
  serialNumber: "g1",
  authorized: true,
  authorizationError: undefined,
  validTo: Date.UTC(2030, 0, 1),
  remoteAddress: "10.0.0.1",
};
const memberships = { isKnown: true, generationOf: (id: string) => (id === "m1" ? "g1" : undefined) };

for (const [what, peer, wanted] of [
  ["a member", {}, /^admitted m1$/],
  ["a removed machine", { commonName: "m2" }, /machine m2 was removed from the cluster; to rejoin, run fleetctl join/],
  ["an earlier certificate of a machine that rejoined", { serialNumber: "g0" }, /machine m1 has joined .* again/],
  ["an agent without a generation", { serialNumber: undefined }, /not a machine's/],
  ["a server", { organization: "flotilla:server" }, /is a server's, not an agent's/],
  ["a daemon of an earlier version", { organization: undefined, serialNumber: undefined }, /is a server's/],
  ["a user", { organization: "flotilla:admin" }, /not a machine's/],
  ["nobody", { authorized: false, authorizationError: "NO_CERTIFICATE" }, /no certificate/],
  ["an ended certificate", { authorized: false, authorizationError: "CERT_HAS_EXPIRED" }, /ended at 2030-01-01T/],
  ["an early certificate", { authorized: false, authorizationError: "CERT_NOT_YET_VALID" }, /check the clocks/],
  ["a stranger", { authorized: false, authorizationError: "SELF_SIGNED" }, /not of this cluster \(SELF_SIGNED\)/],
] as const)
  test(`the decision on ${what}`, () => {
    const admission = admitAgent({ ...AGENT, ...peer }, memberships);
    const text = "machineID" in admission ? `admitted ${admission.machineID}` : JSON.stringify(admission);
    assert.match(text, wanted);
    assert.ok(!("unavailable" in admission));
  });

test("a server that has not read the memberships sends the agent to the next server", () => {
  const admission = admitAgent(AGENT, { ...memberships, isKnown: false });
  assert.ok("unavailable" in admission);
});
