import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { X_FLEET_LIMITS } from "../limits.ts";
import { admitUnitFile } from "./admit.ts";
import { DaemonUnitError } from "./daemon-unit-error.ts";

const DAEMON_UNITS = readdirSync(new URL("../../../../units/", import.meta.url)).filter((file) =>
  file.startsWith("fleet"),
);

test("a unit with the name of a daemon's unit is refused", () => {
  assert.ok(DAEMON_UNITS.includes("fleet-guard.service"));
  for (const name of DAEMON_UNITS) {
    assert.throws(() => admitUnitFile(name, "[Unit]\n"), { code: "daemon-unit", message: /choose another name/ });
  }
});

/** Options by which a unit acts on the daemon: lines below `[Unit]`. */
const REFUSED: readonly string[] = [
  "Conflicts=fleet.service",
  "Conflicts = a.service fleet.socket",
  "Conflicts=a.service \\\n  fleet-guard.service",
  'Conflicts="fleet.service"',
  'Conflicts="a fleet-leave.service',
  "Conflicts=fleet.service\nConflicts=",
  "Conflicts=%p.service",
  "Conflicts=%j.service",
  "Conflicts=%P.service",
  "PropagatesStopTo=fleet.service",
  "Conflicts=sysinit.target",
  "PropagatesStopTo=dbus.service",
  "Wants=fleet.service",
  "Requires=a.service fleet.socket",
  "RequiresOverridable=fleet.service",
  "BindsTo=fleet.service",
  "BindTo=fleet.service",
  "Upholds=fleet-guard.service",
  "OnSuccess=fleet.service",
  "OnFailure=fleet-leave.service",
  "Wants=shutdown.target",
  "OnFailure=umount.target",
  "PropagatesReloadTo=fleet.service",
  "PropagateReloadTo=fleet.service",
  "Before=fleet.service",
  "OnFailure=rescue.target\nOnFailureJobMode=isolate",
  "OnFailure=a.service\nOnFailureIsolate=yes",
  "OnFailure=a.service\nOnFailureJobMode=flush",
  "OnSuccess=a.target\nOnSuccessJobMode=isolate",
  "OnFailure=a.target\nOnFailure=\nOnFailureJobMode=isolate\nOnFailureJobMode=\nOnFailureJobMode=bogus",
  "[Install]\nAlias=fleet.service",
  "[Install]\nAlso=a.service fleet.socket",
  "[Install]\nRequiredBy=fleet.service",
  "[Install]\nWantedBy=multi-user.target fleet.service",
  "[Install]\nUpheldBy=fleet-guard.service",
  "[Timer]\nUnit=fleet.service",
  "[Path]\nUnit=fleet.service",
  "[Socket]\nService=fleet.service",
  "[Service]\nSockets=a.socket fleet.socket",
];

for (const lines of REFUSED) {
  test(`a unit with ${JSON.stringify(lines)} is refused`, () => {
    assert.throws(
      () => admitUnitFile("fleet@1.service", `[Unit]\n${lines}\n`),
      (error) =>
        error instanceof DaemonUnitError && /^[A-Za-z]+=\S+ in \[[A-Z][a-z]+\] .*(remove|write)/.test(error.message),
    );
  });
}

test("the refusal says how the option would affect the daemon", () => {
  const said = (lines: string): string => {
    try {
      admitUnitFile("a.service", `[Unit]\n${lines}\n`);
      return "";
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
  };
  assert.deepEqual(
    ["Conflicts", "Wants", "PropagatesReloadTo", "Before"].map((option) => said(`${option}=fleet.service`)),
    [
      "Conflicts=fleet.service in [Unit] would stop the daemon, and the machine's other units with it, wherever a.service runs; remove fleet.service from the option",
      "Wants=fleet.service in [Unit] would start a daemon that is stopped for maintenance; remove fleet.service from the option",
      "PropagatesReloadTo=fleet.service in [Unit] would reload the daemon on each machine whenever a.service is reloaded; remove fleet.service from the option",
      "Before=fleet.service in [Unit] would prevent the daemon from starting while a.service starts or stops; remove fleet.service from the option",
    ],
  );
});

const HARMLESS: readonly string[] = [
  "After=fleet.service\nPartOf=fleet.service\nRequisite=fleet.service\nStopPropagatedFrom=fleet.service",
  "JoinsNamespaceOf=fleet.service\nReloadPropagatedFrom=fleet.service\nPropagateReloadFrom=fleet.service",
  "Wants=dbus.service sysinit.target\nAfter=basic.target\nBefore=shutdown.target",
  "Conflicts=shutdown.target myfleet.service fleet.service.service",
  "OnFailure=alert.service\nOnFailureJobMode=replace",
  "OnFailure=reboot.target\nFailureAction=reboot\nSuccessAction=poweroff\nRebootArgument=fleet.service",
  "OnFailureJobMode=isolate",
  "OnFailure=a.service\nOnFailureJobMode=isolate\nOnFailureJobMode=fail",
  "[Service]\nConflicts=fleet.service",
  "[Service]\nService=fleet.service\nUnit=fleet.service\nSockets=a.socket",
  "[Install]\nWantedBy=multi-user.target reboot.target\nAlias=f.service",
];

for (const lines of HARMLESS) {
  test(`a unit with ${JSON.stringify(lines)} is admitted`, () => {
    assert.equal(admitUnitFile("a.service", `[Unit]\n${lines}\n`).requirements.global, false);
  });
}

const EMPTY_WITHOUT_INSTANCE: readonly (readonly [lines: string, option: string])[] = [
  ["MachineMetadata=ip=%i", "MachineMetadata"],
  ['MachineMetadata="a=b" "%i=c"', "MachineMetadata"],
  ["X-ConditionMachineMetadata=ip=%i", "MachineMetadata"],
  ["MachineID=%i", "MachineID"],
  ["MachineOf=%i", "MachineOf"],
  ["Conflicts=a.service %i", "Conflicts"],
  ["Replaces=%i", "Replaces"],
];

for (const [lines, option] of EMPTY_WITHOUT_INSTANCE) {
  test(`${lines} is refused in a unit that is not an instance`, () => {
    const text = `[X-Fleet]\n${lines}\n`;
    assert.throws(() => admitUnitFile("a.service", text), {
      code: "bad-requirements",
      message: new RegExp(`^${option}= in \\[X-Fleet\\] has an empty value .*because a\\.service is not an instance`),
    });
    assert.ok(admitUnitFile("a@.service", text));
    assert.ok(admitUnitFile("a@1.service", text));
  });
}

const { entries, companions, entryCharacters, characters, globs, costlyGlobs, globCharacters } = X_FLEET_LIMITS;

function words(count: number, length = 4): string {
  return Array.from({ length: count }, (_, index) => String(index).padStart(length, "a")).join(" ");
}

function pairs(count: number, length: number): string {
  return Array.from({ length: count }, (_, index) => `k=${String(index).padStart(length - 2, "a")}`).join(" ");
}

const AT_THE_LIMIT: readonly (readonly [option: string, most: string, over: string])[] = [
  ["Conflicts", words(entries), words(entries + 1)],
  ["Replaces", words(entries), words(entries + 1)],
  ["MachineOf", words(companions), words(companions + 1)],
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
  ["MachineMetadata", pairs(characters / 128, 128), pairs(characters / 128 + 1, 128)],
  ["Conflicts", words(globCharacters / 128, 128), words(globCharacters / 128 + 1, 128)],
  ["Conflicts", words(globs).replaceAll("a", "*"), words(globs + 1).replaceAll("a", "*")],
  ["Replaces", words(costlyGlobs).replaceAll("a", "?"), words(costlyGlobs + 1).replaceAll("a", "?")],
];

for (const [option, most, over] of AT_THE_LIMIT) {
  test(`${option}= accepts ${most.length} characters of entries at the limit and refuses one more`, () => {
    assert.ok(admitUnitFile("a.service", `[X-Fleet]\n${option}=${most}\n`));
    assert.throws(() => admitUnitFile("a.service", `[X-Fleet]\n${option}=${over}\n`), {
      code: "bad-requirements",
      message: /in \[X-Fleet\] ha.*at most \d+|^\[X-Fleet\] has .*at most \d+/,
    });
  });
}

test("60,000 globs are refused before parsing, with the option and the limit", () => {
  const globs = Array.from({ length: 60_000 }, (_, n) => `*a${n}`).join(" ");
  assert.throws(() => admitUnitFile("a.service", `[X-Fleet]\nMachineOf=${words(200)}\nConflicts=${globs}\n`), {
    message: /^Conflicts= in \[X-Fleet\] has 468889 characters: at most 32768 are allowed/,
  });
});

test("an option of [X-Fleet] may have 32,768 characters in all of its lines and spellings together", () => {
  const half = "a ".repeat(16_384 / 2).trim();
  assert.ok(admitUnitFile("a.service", `[X-Fleet]\nX-Conflicts=${half}\nConflicts=${half}\n`));
  assert.throws(() => admitUnitFile("a.service", `[X-Fleet]\nX-Conflicts=${half}\nConflicts=${half} aaa\n`), {
    code: "bad-requirements",
    message: /^Conflicts= in \[X-Fleet\] has 32770 characters/,
  });
});
