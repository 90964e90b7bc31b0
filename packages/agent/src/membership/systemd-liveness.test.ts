import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@flotilla/runtime";
import { UnitManagerUnavailableError } from "@flotilla/systemd";
import { inLab, SERVICE, TTL_MS, WEB } from "../lab.fixture.ts";
import { type LivenessOptions, untilResponsive, untilHung } from "./systemd-liveness.ts";

type Answer = "yes" | "none" | "no connection";

interface Scene {
  readonly clock: ManualClock;
  readonly options: LivenessOptions;
  readonly stop: AbortController;
  readonly asked: () => number;
}

/** A systemd that gives these answers in turn, and then repeats the last one. */
function scene(...answers: readonly Answer[]): Scene {
  const clock = new ManualClock();
  let asked = 0;
  const ping = async (signal: AbortSignal): Promise<void> => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    if (answer === "none") await clock.sleep(1e9, signal);
    if (answer === "no connection") throw new UnitManagerUnavailableError("no connection");
  };
  return { clock, stop: new AbortController(), options: { ping, ttlMs: 12_000, clock }, asked: () => asked };
}

test("liveness: three pings in a row without an answer mean that systemd hangs, within the TTL", async () => {
  const { clock, options, stop } = scene("yes", "none", "yes", "none", "none", "none");
  const begun = clock.monotonic();
  const silent = untilHung(options, stop.signal).then(() => clock.monotonic() - begun);
  await clock.advance(60_000);
  // Pauses of 2 s after an answer, 3 s for each ping without one.
  assert.equal(await silent, 2_000 + 3_000 + 2_000 + 3 * 3_000);
});

test("liveness: a ping that cannot be sent counts as unanswered, and takes as long", async () => {
  const { clock, options, stop } = scene("yes", "no connection", "no connection", "yes", "none", "no connection");
  const begun = clock.monotonic();
  const silent = untilHung(options, stop.signal).then(() => clock.monotonic() - begun);
  await clock.advance(60_000);
  assert.equal(await silent, 2_000 + 2 * 3_000 + 2_000 + 3 * 3_000);
});

test("liveness: the wait for a hang ends with its signal", async () => {
  const { clock, options, stop, asked } = scene("yes");
  const ended = assert.rejects(untilHung(options, stop.signal), /stopped/);
  await clock.advance(60_000);
  assert.ok(asked() > 10);
  stop.abort(new Error("stopped"));
  await ended;
});

test("liveness: the wait for an answer continues until there is one", async () => {
  const { clock, options, stop } = scene("none", "no connection", "yes");
  const answered = untilResponsive(options, stop.signal);
  await clock.advance(60_000);
  await answered;
});

test("agent: a machine whose systemd hangs leaves within the TTL, and joins again; units stay", () =>
  inLab(async (lab) => {
    let answers = true;
    const daemon = lab.start({ answers: () => answers });
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { active: "active" });
    answers = false;
    await lab.clock.advance(TTL_MS / 2);
    assert.ok(await lab.machineKey());
    await lab.clock.advance(TTL_MS / 2);
    const { status } = daemon.agent;
    assert.match(status.joined ? "" : status.reason, /systemd on this machine does not answer/);
    await lab.clock.advance(3 * TTL_MS);
    assert.equal(await lab.machineKey(), undefined);
    assert.deepEqual((await lab.published()).size, 0);
    answers = true;
    await lab.until(() => daemon.agent.status.joined);
    await lab.untilPublished(WEB, { active: "active" });
    assert.equal(lab.systemd.starts(WEB), 1);
  }));

test("agent: a machine whose systemd is unreachable for as long does the same", () =>
  inLab(async (lab) => {
    const daemon = lab.start();
    await lab.assign(WEB, SERVICE);
    await lab.untilPublished(WEB, { active: "active" });
    lab.systemd.dropBus();
    await lab.clock.advance(TTL_MS);
    assert.equal(await lab.machineKey(), undefined);
    lab.systemd.restoreBus();
    await lab.until(() => daemon.agent.status.joined);
    await lab.untilPublished(WEB, { active: "active" });
    assert.equal(lab.systemd.starts(WEB), 1);
  }));

test("agent: a machine whose systemd is lost while it joins does the same", () =>
  inLab(async (lab) => {
    const daemon = lab.start();
    daemon.storeUp = false;
    await lab.clock.advance(TTL_MS);
    lab.systemd.dropBus();
    daemon.storeUp = true;
    await lab.until(() => daemon.agent.status.joined);
    await lab.clock.advance(TTL_MS);
    assert.equal(await lab.machineKey(), undefined);
    lab.systemd.restoreBus();
    await lab.until(() => daemon.agent.status.joined);
  }));
