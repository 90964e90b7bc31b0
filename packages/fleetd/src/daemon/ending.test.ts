import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@flotilla/runtime";
import type { OwnUnit } from "@flotilla/systemd/dbus";
import type { Ending } from "../member/member.ts";
import { decideEnding } from "./ending.ts";

const service = (job: string | undefined, isMainProcess = true): OwnUnit => ({
  name: "fleet.service",
  isMainProcess,
  job,
  triggeredBy: ["fleet.socket"],
});

type Case = readonly [what: string, unit: OwnUnit | undefined | Error, ending: Ending, stopped: readonly string[]];

const cases: readonly Case[] = [
  ["systemctl restart fleet", service("restart"), "keep", []],
  ["systemctl stop fleet, or the host shuts down", service("stop"), "leave", ["fleet.socket"]],
  ["a signal to the service from another sender than systemd", service(undefined), "keep", []],
  ["a start that replaces a stop", service("start"), "keep", []],
  ["systemctl restart of a service that runs the daemon in a shell", service("restart", false), "keep", []],
  ["systemctl stop of a service that runs the daemon in a shell", service("stop", false), "leave", ["fleet.socket"]],
  ["no answer from systemd", new Error("the bus is gone"), "keep", []],
  ["Ctrl-C in a terminal", service(undefined, false), "leave", []],
  ["Ctrl-C in a process without a unit", undefined, "leave", []],
];

for (const [what, unit, ending, expected] of cases) {
  test(`${what}: ${ending}`, async () => {
    const stopped: string[] = [];
    const control = {
      ownUnit: async (): Promise<OwnUnit | undefined> => {
        if (unit instanceof Error) throw unit;
        return unit;
      },
      stopTriggers: async ({ triggeredBy }: OwnUnit): Promise<void> => void stopped.push(...triggeredBy),
    };
    assert.equal(await decideEnding(control, silentLogger), ending);
    assert.deepEqual(stopped, expected);
  });
}

test("a socket that cannot be stopped does not keep the machine in the cluster", async () => {
  const control = {
    ownUnit: async () => service("stop"),
    stopTriggers: async () => {
      throw new Error("the bus is gone");
    },
  };
  assert.equal(await decideEnding(control, silentLogger), "leave");
});
