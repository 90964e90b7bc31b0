import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { AuthorityRecord } from "@flotilla/registry";
import { isDue, isValidAt } from "./certificate-life.ts";
import { createClusterIdentity, issueMachineIdentity } from "./certificates.ts";
import type { MachineIdentity } from "./identity.ts";
import { SavedIdentity } from "./saved-identity.ts";

const MACHINE_ID = "a".repeat(32);
const NOW = Date.UTC(2030, 0, 1);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let directory: string;
let path: string;
let cluster: AuthorityRecord;
let other: AuthorityRecord;
let identity: MachineIdentity;

before(async () => {
  directory = mkdtempSync(join(tmpdir(), "flotilla-identity-"));
  path = join(directory, "identity");
  [cluster, other] = await Promise.all([createClusterIdentity(NOW), createClusterIdentity(NOW)]);
  identity = await issueMachineIdentity(cluster, { machineID: MACHINE_ID, role: "server", names: [] }, NOW);
});
after(() => rmSync(directory, { recursive: true }));

test("a saved identity is loaded by its own machine in its own role", async () => {
  const saved = new SavedIdentity(path);
  assert.equal(saved.load(MACHINE_ID, "server"), undefined);
  saved.save(identity);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(saved.load(MACHINE_ID, "server"), identity);
  assert.equal(saved.load(MACHINE_ID, "agent"), undefined);
  assert.equal(saved.load("b".repeat(32), "server"), undefined);
});

test("one of several authorities is enough", () => {
  const saved = new SavedIdentity(path);
  const several = { ...identity, ca: other.certificate + cluster.certificate };
  saved.save(several);
  assert.deepEqual(saved.load(MACHINE_ID, "server"), several);
});

describe("a saved identity is ignored", () => {
  test("with the key of another certificate", async () => {
    const { key } = await issueMachineIdentity(cluster, { machineID: MACHINE_ID, role: "server", names: [] }, NOW);
    isIgnored(JSON.stringify({ ...identity, key }));
  });
  test("with another authority", () => isIgnored(JSON.stringify({ ...identity, ca: other.certificate })));
  test("without a field", () => isIgnored(JSON.stringify({ key: identity.key, cert: identity.cert })));
  test("that is not JSON", () => isIgnored("{"));

  function isIgnored(text: string): void {
    writeFileSync(path, text);
    assert.equal(new SavedIdentity(path).load(MACHINE_ID, "server"), undefined);
  }
});

test("a certificate is valid a day before it is made, and due after 20 of its 30 days", () => {
  for (const [at, valid, due] of [
    [NOW - DAY_MS - HOUR_MS, false, false],
    [NOW - DAY_MS, true, false],
    [NOW + 20 * DAY_MS - HOUR_MS, true, false],
    [NOW + 20 * DAY_MS, true, true],
    [NOW + 30 * DAY_MS, false, true],
  ] as const)
    assert.deepEqual(
      [isValidAt(identity.cert, at), isDue(identity.cert, at)],
      [valid, due],
      new Date(at).toISOString(),
    );
});
