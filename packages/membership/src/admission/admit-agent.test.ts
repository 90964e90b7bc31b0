import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerCertificate } from "@flotilla/link";
import { REMOVAL_KNOWN_MS } from "@flotilla/registry";
import { MACHINE_LIFE_MS } from "../certificates/certificate-life.ts";
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
const memberships = {
  isKnown: true,
  generationOf: (id: string) => (id === "m1" ? "g1" : undefined),
  isRemoved: (id: string, generation: string) => id !== "m3" && generation === "g0",
};
const removed = (id: string) =>
  new RegExp(`machine ${id} was removed .*; to rejoin, run fleetctl join.*"refusal":"removed"`);

for (const [what, peer, wanted] of [
  ["a member", {}, /^admitted m1$/],
  ["a removed machine", { commonName: "m2", serialNumber: "g0" }, removed("m2")],
  ["an earlier certificate of a machine that rejoined", { serialNumber: "g0" }, removed("m1")],
  [
    "a machine that an older store does not know",
    { commonName: "m2" },
    /m2 is not a member [^"]*; to rejoin, .*TOKEN[^"]*"}$/,
  ],
  ["a certificate of a membership that ended without a removal", { serialNumber: "g2" }, /m1 has joined [^"]*"}$/],
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

test("a server can tell a machine of its removal for as long as the machine's certificate lasts", () => {
  assert.ok(REMOVAL_KNOWN_MS > MACHINE_LIFE_MS);
});
