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

function lab(renew: (current: MachineIdentity) => Promise<MachineIdentity | undefined>, identity = FIRST) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const saved: MachineIdentity[] = [];
  const warned: string[] = [];
  const log = { ...silentLogger, warn: (message: string) => void warned.push(message) };
  const keeper = new IdentityKeeper({
    identity,
    renew,
    saved: { save: (identity) => void saved.push(identity) },
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
    return due ? renewed : undefined;
  });
  const told: MachineIdentity[] = [];
  keeper.onRenewed((identity) => told.push(identity));
  await clock.advance(HOUR_MS);
  assert.equal(keeper.current, FIRST);
  due = true;
  await clock.advance(HOUR_MS);
  due = false;
  await clock.advance(HOUR_MS);
  assert.equal(keeper.current, renewed);
  assert.deepEqual([saved, told], [[renewed], [renewed]]);
  assert.equal(checks, 4);
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
