import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { pinOf } from "@flotilla/membership";
import { createClusterIdentity, succeedAuthority } from "@flotilla/membership/certificates";
import { AuthorityRegistry, RotationRegistry, ServerDirectory } from "@flotilla/registry";
import { silentLogger, systemClock } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";
import { ClusterAuthority } from "./cluster-authority.ts";

const signal = AbortSignal.timeout(60_000);
const [SERVER, AGENT] = ["a".repeat(32), "b".repeat(32)];
const PRESENT = new Set([SERVER, AGENT]);
const NOBODY = new Set<string>();

/** A cluster with a server and an agent; two servers answer requests. */
async function lab(t: TestContext, issuer?: string, wall = Date.now) {
  const memory = new MemoryStore({ clock: systemClock });
  t.after(() => memory.close());
  const store = memory.connect();
  const authorities = new AuthorityRegistry(store);
  const old = await createClusterIdentity(Date.now());
  await authorities.obtain(async () => old);
  const announce = (by: string) =>
    new ServerDirectory(store).announce({ machineID: SERVER, host: "h", peerPort: 1, issuer: by });
  await announce(issuer ?? pinOf(old.certificate));
  await store.txn({ onSuccess: [{ put: `member/${AGENT}`, value: JSON.stringify({ generation: "g" }) }] });
  const options = { store, certificates: { succeed: succeedAuthority }, clock: { wall }, log: silentLogger };
  const show = async (by: string): Promise<void> => {
    await announce(by);
    await new RotationRegistry(store).note(AGENT, { generation: "g", issuer: by });
  };
  const record = async () => (await authorities.read())?.record ?? assert.fail();
  return { one: new ClusterAuthority(options), other: new ClusterAuthority(options), options, old, show, record };
}

test("a rotation ends once every machine has shown a certificate of the new authority, on any server", async (t) => {
  const { one, other, old, show, record } = await lab(t);
  assert.deepEqual(await one.report(PRESENT, signal), {
    authority: pinOf(old.certificate),
    state: "none",
    lagging: [],
  });
  const [begun, same] = await Promise.all([one.begin(false, PRESENT, signal), other.begin(false, PRESENT, signal)]);
  assert.deepEqual(begun, same, "two commands at once make one rotation");
  const { authority } = begun;
  assert.equal(begun.lagging.length, 2);
  assert.equal((await record()).previous?.certificate, old.certificate);
  const end = { authority, without: "none" } as const;
  await assert.rejects(other.end(end, PRESENT, signal), {
    code: "rotation-refused",
    message: /server a{32}, agent b{32}/,
  });
  await show(authority);
  assert.deepEqual(await other.report(PRESENT, signal), { ...begun, lagging: [] });
  for (const server of [other, one])
    assert.deepEqual(await server.end(end, PRESENT, signal), { authority, state: "none", lagging: [] });
  const { previous } = await record();
  assert.ok(previous?.droppedAt);
  assert.equal(await one.former(signal), old.certificate, "tokens that pin it stay usable");
  assert.deepEqual(await one.begin(false, PRESENT, signal), { authority, state: "none", lagging: [] }, "the same one");
  const forced = await one.begin(true, PRESENT, signal);
  assert.equal(forced.state, "running", "the former authority still vouched");
  await assert.rejects(one.end({ ...end, authority: pinOf(old.certificate) }, PRESENT, signal), /authority is .* now/);
});

test("a server that ends a rotation while another ends it agrees", async (t) => {
  const { one, options, show } = await lab(t);
  const { authority } = await one.begin(false, PRESENT, signal);
  await show(authority);
  const end = { authority, without: "none" } as const;
  let isFirst = true;
  const late = Object.create(options.store, {
    range: {
      value: async (...args: Parameters<Store["range"]>) => {
        if (isFirst && args[0].prefix.startsWith("rotation/")) {
          isFirst = false;
          await one.end(end, PRESENT, signal);
        }
        return options.store.range(...args);
      },
    },
  }) as Store;
  const answer = await new ClusterAuthority({ ...options, store: late }).end(end, PRESENT, signal);
  assert.deepEqual([isFirst, answer], [false, { authority, state: "none", lagging: [] }]);
});

test("a forced end goes on without machines that are away, and nobody vouches for the new authority", async (t) => {
  let now = Date.now();
  const { one, show, record } = await lab(t, undefined, () => now);
  const { authority } = await one.begin(false, PRESENT, signal);
  const end = { authority, without: "away" } as const;
  await assert.rejects(one.end(end, PRESENT, signal), { code: "rotation-refused" });
  const { lagging } = await one.end(end, NOBODY, signal);
  assert.deepEqual(
    lagging.map(({ machineID, present }) => [machineID, present]),
    [
      [SERVER, false],
      [AGENT, false],
    ],
  );
  assert.equal((await record()).previous?.cross, undefined);
  assert.equal(await one.former(signal), undefined);
  await show(authority);
  for (const force of [false, true])
    assert.deepEqual(
      await one.begin(force, PRESENT, signal),
      { authority, state: "none", lagging: [] },
      "the same one",
    );
  now += 60_000;
  const again = await one.begin(false, PRESENT, signal);
  assert.notEqual(again.authority, authority);
  assert.deepEqual((await one.end({ authority: again.authority, without: "all" }, PRESENT, signal)).state, "none");
});

test("a rotation does not begin with a server of an earlier version, unless it is forced", async (t) => {
  const { one } = await lab(t, "");
  await assert.rejects(one.begin(false, PRESENT, signal), { code: "rotation-refused", message: /of a version.*a{32}/ });
  assert.equal((await one.begin(true, PRESENT, signal)).state, "running");
});
