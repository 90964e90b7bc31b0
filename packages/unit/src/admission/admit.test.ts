import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { X_FLEET_BOUNDS } from "../bounds.ts";
import { admitUnitFile } from "./admit.ts";
import { DaemonUnitError } from "./daemon-unit-error.ts";

const DAEMON_UNITS = readdirSync(new URL("../../../../units/", import.meta.url)).filter((file) =>
  file.startsWith("fleet"),
);

test("no unit may have the name of one of the daemon's own", () => {
  assert.ok(DAEMON_UNITS.includes("fleet-guard.service"));
  for (const name of DAEMON_UNITS) {
    assert.throws(() => admitUnitFile(name, "[Unit]\n"), { code: "daemon-unit", message: /choose another name/ });
  }
});

const STOPPING: readonly string[] = [
  "Conflicts=fleet.service",
  "Conflicts = a.service fleet.socket",
  "Conflicts=a.service \\\n  fleet-guard.service",
  'Conflicts="fleet.service"',
  'Conflicts="a fleet-leave.service',
  "Conflicts=fleet.service\nConflicts=",
  "Conflicts=%p.service",
  "PropagatesStopTo=fleet.service",
  "Conflicts=sysinit.target",
  "PropagatesStopTo=dbus.service",
  "OnFailure=rescue.target\nOnFailureJobMode=isolate",
  "OnFailure=fleet.service\nOnFailureIsolate=yes",
  "OnSuccess=a.target\nOnSuccessJobMode=isolate",
  "OnFailure=a.target\nOnFailure=\nOnFailureJobMode=isolate\nOnFailureJobMode=\nOnFailureJobMode=bogus",
  "[Install]\nAlias=fleet.service",
  "[Install]\nAlso=a.service fleet.socket",
  "[Install]\nRequiredBy=fleet.service",
  "[Install]\nWantedBy=multi-user.target fleet.service",
  "[Install]\nUpheldBy=fleet-guard.service",
];

for (const lines of STOPPING) {
  test(`a unit with ${JSON.stringify(lines)} is refused`, () => {
    assert.throws(
      () => admitUnitFile("fleet@1.service", `[Unit]\n${lines}\n`),
      (error) =>
        error instanceof DaemonUnitError && /^[A-Za-z]+=\S+ in \[(Unit|Install)\] .*(remove|write)/.test(error.message),
    );
  });
}

const HARMLESS: readonly string[] = [
  "After=fleet.service\nBefore=fleet.socket\nWants=fleet.service\nBindsTo=fleet.service\nPartOf=fleet.service",
  "Conflicts=shutdown.target myfleet.service fleet.service.service",
  "OnFailure=alert.service\nOnFailureJobMode=replace",
  "OnFailureJobMode=isolate",
  "OnFailure=a.service\nOnFailureJobMode=isolate\nOnFailureJobMode=fail",
  "[Service]\nConflicts=fleet.service",
  "[Install]\nWantedBy=multi-user.target\nAlias=f.service",
];

for (const lines of HARMLESS) {
  test(`a unit with ${JSON.stringify(lines)} is admitted`, () => {
    assert.equal(admitUnitFile("a.service", `[Unit]\n${lines}\n`).requirements.global, false);
  });
}

const FILLED_BY_NO_INSTANCE: readonly (readonly [lines: string, option: string])[] = [
  ["MachineMetadata=ip=%i", "MachineMetadata"],
  ['MachineMetadata="a=b" "%i=c"', "MachineMetadata"],
  ["X-ConditionMachineMetadata=ip=%i", "MachineMetadata"],
  ["MachineID=%i", "MachineID"],
  ["MachineOf=%i", "MachineOf"],
  ["Conflicts=a.service %i", "Conflicts"],
  ["Replaces=%i", "Replaces"],
];

for (const [lines, option] of FILLED_BY_NO_INSTANCE) {
  test(`${lines} is refused in a unit that is no instance`, () => {
    const text = `[X-Fleet]\n${lines}\n`;
    assert.throws(() => admitUnitFile("a.service", text), {
      code: "bad-requirements",
      message: new RegExp(`^${option}= in \\[X-Fleet\\] is empty .*because a\\.service is no instance`),
    });
    assert.ok(admitUnitFile("a@.service", text));
    assert.ok(admitUnitFile("a@1.service", text));
  });
}

const { entries, entryCharacters, characters } = X_FLEET_BOUNDS;

function words(count: number, length = 4): string {
  return Array.from({ length: count }, (_, index) => String(index).padStart(length, "a")).join(" ");
}

const AT_THE_BOUND: readonly (readonly [option: string, most: string, over: string])[] = [
  ["Conflicts", words(entries), words(entries + 1)],
  ["Replaces", words(entries), words(entries + 1)],
  ["MachineOf", words(entries), words(entries + 1)],
  [
    "MachineMetadata",
    words(entries)
      .replaceAll("a", "k=a")
      .replaceAll(/k=a(?=k)/g, ""),
    words(entries + 1)
      .replaceAll("a", "k=a")
      .replaceAll(/k=a(?=k)/g, ""),
  ],
  ["Conflicts", words(1, entryCharacters), words(1, entryCharacters + 1)],
  ["MachineID", words(1, entryCharacters), words(1, entryCharacters + 1)],
  ["Conflicts", words(characters / 128, 128), words(characters / 128 + 1, 128)],
];

for (const [option, most, over] of AT_THE_BOUND) {
  test(`${option}= takes ${most.length} characters of entries at the bound, and one more is refused`, () => {
    assert.ok(admitUnitFile("a.service", `[X-Fleet]\n${option}=${most}\n`));
    assert.throws(() => admitUnitFile("a.service", `[X-Fleet]\n${option}=${over}\n`), {
      code: "bad-requirements",
      message: /in \[X-Fleet\]|^\[X-Fleet\] holds .*at most \d+/,
    });
  });
}

test("sixty thousand globs are refused at once, with the option and the limit", () => {
  const text = `[X-Fleet]\nMachineOf=${words(1000)}\nConflicts=${Array.from({ length: 60_000 }, (_, n) => `*a${n}`).join(" ")}\n`;
  const began = performance.now();
  assert.throws(() => admitUnitFile("a.service", text), {
    message: /MachineOf= in \[X-Fleet\] has 1000 entries: at most 256/,
  });
  assert.ok(performance.now() - began < 2000);
});

test("an exclusive unit must have drop-ins of its own: a name that ends in a dash is refused", () => {
  const text = "[X-Fleet]\nExclusive=true\n";
  for (const name of ["systemd-.service", "ex-.timer", "ex-@1.service", "ex-@.service"]) {
    assert.throws(
      () => admitUnitFile(name, text),
      { code: "bad-requirements", message: /does not end in a dash/ },
      name,
    );
    assert.ok(admitUnitFile(name, "[X-Fleet]\n"));
  }
  for (const name of ["ex-other.service", "ex@.service", "ex@1-.service"]) assert.ok(admitUnitFile(name, text));
});
