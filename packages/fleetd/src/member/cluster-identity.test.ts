import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { isIssuedBy, type MachineIdentity, SavedIdentity, trustedIn } from "@flotilla/membership";
import { createClusterIdentity, issueMachineIdentity, succeedAuthority } from "@flotilla/membership/certificates";
import { type AuthorityRecord, AuthorityRegistry } from "@flotilla/registry";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { MemoryStore } from "@flotilla/store/memory";
import { type ClusterIdentityOptions, obtainIdentity, renewIdentity } from "./cluster-identity.ts";

const MACHINE = "a".repeat(32);
const NOW = Date.now();
const signal = AbortSignal.timeout(60_000);
const former = await createClusterIdentity(NOW);
const rotating = await succeedAuthority(former, NOW);
const { previous = assert.fail() } = rotating;
const ended = { ...rotating, previous: { ...previous, droppedAt: NOW } };

/** A server whose store has the authority. */
async function lab(t: TestContext, record: AuthorityRecord) {
  const memory = new MemoryStore({ clock: systemClock });
  const directory = mkdtempSync(join(tmpdir(), "identity-"));
  t.after(() => {
    memory.close();
    rmSync(directory, { recursive: true });
  });
  const store = memory.connect();
  const put = async (authority: AuthorityRecord): Promise<void> => {
    await store.txn({ onSuccess: [{ put: "identity/ca", value: JSON.stringify(authority) }] });
  };
  await put(record);
  const options = {
    ...{
      registry: new AuthorityRegistry(store),
      machineID: MACHINE,
      names: [],
      saved: new SavedIdentity(join(directory, "i")),
    },
    ...{ certificates: { issueMachine: issueMachineIdentity }, clock: systemClock, random: () => 0, log: silentLogger },
    onWaiting: () => {},
  } as unknown as ClusterIdentityOptions;
  const renew = (current: MachineIdentity, known: AuthorityRecord | undefined) =>
    renewIdentity(options, current, known, signal);
  return { options, put, renew };
}

test("a server follows each step of a rotation, and makes a new certificate only for a new authority", async (t) => {
  const { options, renew, put } = await lab(t, former);
  const first = await obtainIdentity(options, signal);
  assert.equal(await renew(first, undefined), undefined, "nothing is known");
  assert.equal(await renew(first, former), undefined);
  await put(rotating);
  const second = (await renew(first, rotating)) ?? assert.fail();
  assert.ok(isIssuedBy(second.cert, rotating.certificate));
  assert.equal(second.ca, trustedIn(rotating).join(""));
  assert.equal(await renew(second, rotating), undefined);
  const third = (await renew(second, ended)) ?? assert.fail();
  assert.deepEqual([third.key, third.cert], [second.key, second.cert]);
  assert.equal(third.ca, rotating.certificate);
  assert.equal(await renew(third, ended), undefined);
});

test("a server that was down during a rotation starts with a certificate of the new authority", async (t) => {
  const { options, put } = await lab(t, former);
  const first = await obtainIdentity(options, signal);
  assert.deepEqual(await obtainIdentity(options, signal), first, "saved");
  await put(ended);
  assert.ok(isIssuedBy((await obtainIdentity(options, signal)).cert, rotating.certificate));
});

test("a server does not follow an authority that has nothing to do with its own", async (t) => {
  const { options, renew } = await lab(t, former);
  const first = await obtainIdentity(options, signal);
  assert.equal(await renew(first, await createClusterIdentity(NOW)), undefined);
  assert.equal(await renew(first, { certificate: "garbage", privateKey: "" }), undefined);
});
