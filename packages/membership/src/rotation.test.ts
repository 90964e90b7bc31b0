import assert from "node:assert/strict";
import { test } from "node:test";
import type { CertifiedMachines } from "@flotilla/registry";
import { createClusterIdentity, succeedAuthority } from "./certificates/certificates.ts";
import { pinOf } from "./join/key-hash.ts";
import { awaited, rotationState } from "./rotation.ts";

const [S1, S2, A1, A2] = ["s1", "s2", "a1", "a2"];
const old = await createClusterIdentity(0);
const rotating = await succeedAuthority(old, 7);
const [before, present] = [pinOf(old.certificate), pinOf(rotating.certificate)];
const { previous = assert.fail() } = rotating;
const ended = { ...rotating, previous: { ...previous, droppedAt: 9 } };

const server = (machineID: string, issuer: string) => ({ machineID, host: "h", peerPort: 1, issuer });
const agent = (machineID: string, issuer?: string) => ({ machineID, issuer });
const machines = (servers: CertifiedMachines["servers"], agents: CertifiedMachines["agents"]): CertifiedMachines => ({
  servers,
  agents,
});

for (const [what, record, known, since, lagging] of [
  ["nothing happens", old, machines([server(S1, before)], [agent(A1)]), undefined, []],
  ["a server is of an earlier version", old, machines([server(S1, before), server(S2, "")], []), undefined, [S2]],
  ["nobody has followed", rotating, machines([server(S1, before)], [agent(A1), agent(A2, before)]), 7, [S1, A1, A2]],
  ["some have followed", rotating, machines([server(S1, present)], [agent(A1, present), agent(A2)]), 7, [A2]],
  ["a server of an earlier version was forced", rotating, machines([server(S1, "")], []), 7, [S1]],
  ["all have followed", rotating, machines([server(S1, present)], [agent(A1, present)]), 7, []],
  ["the rotation has ended", ended, machines([server(S1, before)], [agent(A1)]), undefined, []],
] as const)
  test(`the state of a rotation: ${what}`, () => {
    const state = rotationState(record, known, new Set([S1, A1]));
    assert.equal(state.authority, pinOf(record.certificate));
    assert.equal(state.since, since);
    assert.deepEqual(
      state.lagging.map(({ machineID }) => machineID),
      lagging,
    );
    for (const { machineID, isPresent } of state.lagging) assert.equal(isPresent, [S1, A1].includes(machineID));
  });

test("who is awaited", () => {
  const { lagging } = rotationState(rotating, machines([server(S2, before)], [agent(A1)]), new Set([A1]));
  const names = (without: "none" | "away" | "all") => awaited(lagging, without).map(({ machineID }) => machineID);
  assert.deepEqual([names("none"), names("away"), names("all")], [[S2, A1], [A1], []]);
});
