import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUnitFile } from "./parse.ts";
import { triggeredUnitOf } from "./triggered-unit.ts";

const cases: readonly (readonly [name: string, text: string, triggered: string | undefined])[] = [
  ["a.service", "[Service]\nExecStart=/bin/true\n", undefined],
  ["a.target", "[Unit]\nDescription=x\n", undefined],
  ["a.timer", "[Timer]\nOnCalendar=hourly\n", "a.service"],
  ["a.path", "[Path]\nPathExists=/x\n", "a.service"],
  ["a.socket", "[Socket]\nListenStream=80\n", "a.service"],
  ["a@1.timer", "[Timer]\nOnCalendar=hourly\n", "a@1.service"],
  ["a.timer", "[Timer]\nUnit=b.target\n", "b.target"],
  ["a.timer", "[Timer]\nUnit=b.service\nUnit=c.service\n", "b.service"],
  ["a.timer", "[Unit]\nUnit=b.service\n", "a.service"],
  ["a@1.timer", "[Timer]\nUnit=job@%i.service\n", "job@1.service"],
  ["nightly-job.timer", "[Timer]\nUnit=%j.service\n", "job.service"],
  ["a.path", "[Path]\nUnit=b.service\n", "b.service"],
  ["a.socket", "[Socket]\nService=b.service\n", "b.service"],
  ["a.socket", "[Socket]\nService=b.service\nService=c.service\n", "c.service"],
  ["a.socket", "[Socket]\nAccept=yes\n", undefined],
  ["a.socket", "[Socket]\nAccept=no\n", "a.service"],
  ["a.socket", "[Socket]\nAccept=yes\nAccept=no\n", "a.service"],
  ["run-a.automount", "[Automount]\nWhere=/run/a\n", "run-a.mount"],
  ["run-a.mount", "[Mount]\nWhere=/run/a\nWhat=tmpfs\n", undefined],
  // Values that systemd ignores, tried with systemd 252.
  ["a.timer", "[Timer]\nUnit=b.service\nUnit=\nUnit=c.service\n", "b.service"],
  ["a.timer", "[Timer]\nUnit=nope\nUnit=b.service\n", "b.service"],
  ["a.timer", '[Timer]\nUnit="b.service"\n', "a.service"],
  ["a.path", "[Path]\nUnit=b.service c.service\n", "a.service"],
  ["a.socket", "[Socket]\nService=b.service\nService=\n", "b.service"],
  ["a.socket", "[Socket]\nService=b.service\nService=c.target\n", "b.service"],
  ["a.socket", "[Socket]\nAccept=yes\nAccept=\n", undefined],
  ["a.socket", "[Socket]\nAccept=yes\nAccept=maybe\n", undefined],
];

for (const [name, text, triggered] of cases) {
  test(`${name} with ${JSON.stringify(text)} triggers ${triggered ?? "nothing"}`, () =>
    assert.equal(triggeredUnitOf(name, parseUnitFile(text).options), triggered));
}
