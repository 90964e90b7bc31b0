import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { createClusterIdentity, issueMachineIdentity } from "../certificates/certificates.ts";
import type { MachineIdentity } from "../certificates/identity.ts";
import { IdentityKeeper } from "./identity-keeper.ts";

const HOUR_MS = 3_600_000;
const authority = await createClusterIdentity(0);
const FIRST = await identityOf();
const RENEWED = await identityOf();

/** @param lifeMs default: 30 days. */
function identityOf(lifeMs?: number): Promise<MachineIdentity> {
  const machine = { machineID: "a".repeat(32), role: "agent", generation: "g", names: [] } as const;
  return issueMachineIdentity(authority, { ...machine, ...(lifeMs && { lifeMs }) }, 0);
}

function lab(
  renew: (current: MachineIdentity, isSaved: boolean) => Promise<MachineIdentity | undefined>,
  identity = FIRST,
  onSave = (): void => {},
) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const saved: MachineIdentity[] = [];
  const warned: string[] = [];
  const log = { ...silentLogger, warn: (message: string) => void warned.push(message) };
  const keeper = new IdentityKeeper({
    identity,
    renew: (current, _signal, isSaved) => renew(current, isSaved),
    saved: {
      save: (identity) => {
        onSave();
        saved.push(identity);
      },
    },
    clock,
    random: () => 0.5,
    log,
  });
  const running = keeper.run(stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return { clock, keeper, saved, warned, end };
}

test("an identity that is due is replaced, saved and told to listeners, and checked every hour", async () => {
  let due = false;
  let checks = 0;
  const renewed = RENEWED;
  const { clock, keeper, saved, end } = lab(async () => {
    checks++;
    const isDue = due;
    due = false;
    return isDue ? renewed : undefined;
  });
  const told: MachineIdentity[] = [];
  keeper.onRenewed((identity) => told.push(identity));
  await clock.advance(HOUR_MS);
  assert.equal(keeper.current, FIRST);
  due = true;
  await clock.advance(HOUR_MS);
  await clock.advance(HOUR_MS);
  assert.equal(keeper.current, renewed);
  assert.deepEqual([saved, told], [[renewed], [renewed]]);
  assert.equal(checks, 5, "a new identity is checked once more at once");
  await end();
});

test("a nudge checks the identity at once, also while it is being checked", async () => {
  let checks = 0;
  const first = Promise.withResolvers<void>();
  const { clock, keeper, end } = lab(async () => {
    checks++;
    if (checks === 1) await first.promise;
    return undefined;
  });
  await clock.advance(0);
  keeper.nudge();
  first.resolve();
  await clock.advance(0);
  assert.equal(checks, 2);
  keeper.nudge();
  await clock.advance(0);
  assert.equal(checks, 3);
  await end();
});

test("an identity that could not be saved is not shown as saved, and is saved before the next check", async () => {
  const told: boolean[] = [];
  let isFull = true;
  const { clock, keeper, saved, end } = lab(
    async (_current, isSaved) => {
      told.push(isSaved);
      return told.length === 1 ? RENEWED : undefined;
    },
    FIRST,
    () => {
      if (isFull) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    },
  );
  await clock.advance(0);
  isFull = false;
  await clock.advance(HOUR_MS);
  assert.deepEqual(told, [true, false, true]);
  assert.equal(keeper.current, RENEWED);
  assert.deepEqual(saved, [RENEWED]);
  await end();
});

test("a failed renewal is logged once and repeated before the next hour", async () => {
  let failures = 3;
  const renewed = RENEWED;
  const { clock, keeper, warned, end } = lab(async () => {
    if (failures-- > 0) throw Object.assign(new Error("no server answers"), { code: "link-unavailable" });
    return renewed;
  });
  await clock.advance(HOUR_MS / 2);
  assert.equal(keeper.current, renewed);
  assert.equal(warned.length, 1);
  await end();
});

test("a short certificate is checked, and a failed renewal repeated, often enough to be renewed before its end", async () => {
  let checks = 0;
  const { clock, end } = lab(
    async () => {
      checks++;
      throw Object.assign(new Error("no server answers"), { code: "link-unavailable" });
    },
    await identityOf(60_000),
  );
  await clock.advance(20_000);
  assert.ok(checks >= 8, String(checks));
  await end();
});
