import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@flotilla/runtime";
import type { Ending } from "../member/member.ts";
import { decideEnding } from "./ending.ts";

const cases: readonly [what: string, isService: boolean, job: string | undefined | Error, ending: Ending][] = [
  ["systemctl restart fleet", true, "restart", "keep"],
  ["systemctl stop fleet, or the host shuts down", true, "stop", "leave"],
  ["a signal that systemd did not send", true, undefined, "keep"],
  ["a start that replaces a stop", true, "start", "keep"],
  ["no answer from systemd", true, new Error("the bus is gone"), "keep"],
  ["Ctrl-C in a terminal", false, undefined, "leave"],
];

for (const [what, isService, job, ending] of cases) {
  test(`${what}: ${ending}`, async () => {
    const pendingJobType = async (): Promise<string | undefined> => {
      if (job instanceof Error) throw job;
      return job;
    };
    assert.equal(await decideEnding({ pendingJobType, isService, log: silentLogger }), ending);
  });
}
