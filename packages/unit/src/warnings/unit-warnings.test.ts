import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { admitUnitFile } from "../admission/admit.ts";
import { unitWarnings } from "./unit-warnings.ts";

function warningsOf(text: string, name = "a.service"): readonly string[] {
  const { file, requirements } = admitUnitFile(name, text);
  return unitWarnings(name, file.options, requirements);
}

const UNITS = new URL("../../../../units/", import.meta.url);

test("the shipped example units give no warning", () => {
  const files = readdirSync(UNITS).filter((file) => !file.startsWith("fleet"));
  assert.ok(files.length > 3);
  for (const file of files) assert.deepEqual(warningsOf(readFileSync(new URL(file, UNITS), "utf8"), file), [], file);
});

const WARNED: readonly (readonly [text: string, warning: string, name?: string])[] = [
  [
    "[Socket]\nListenStream=1\nAccept=yes",
    "Accept=yes in [Socket] makes systemd start instances of echo@.service, which the cluster does not install; " +
      "install that template on the hosts, or write Accept=no",
    "echo.socket",
  ],
  ["[Install]\nX-Conflicts=b.service", "X-Conflicts= has no effect in [Install]; move it to [X-Fleet], as Conflicts="],
  ["[Unit]\nMachineOf=b.service", "MachineOf= has no effect in [Unit]; move it to [X-Fleet], as MachineOf="],
  ["[Service]\nGlobal=true", "Global= has no effect in [Service]; move it to [X-Fleet], as Global="],
  [
    "[Service]\nConflicts=b.service",
    "Conflicts= has no effect in [Service]; move it to [X-Fleet], as Conflicts=, or to systemd's [Unit]",
  ],
  [
    "[Unit]\nRefuseManualStop=yes",
    "RefuseManualStop=yes in [Unit] means that the cluster can neither stop nor move the unit; remove the option",
  ],
  [
    "[Unit]\nRefuseManualStart=no\nRefuseManualStart=1\nRefuseManualStart=maybe",
    "RefuseManualStart=1 in [Unit] means that the cluster cannot start the unit; only other units can; remove the option",
  ],
  ["[unit]\nAfter=b.service", "[unit] is an unknown section, and its options have no effect; write [Unit]"],
  ["[Unit ]\nAfter=b.service", "[Unit ] is an unknown section, and its options have no effect; write [Unit]"],
  ["[Serivce]\nA=b", "[Serivce] is an unknown section, and its options have no effect; write [Service]"],
  [
    "[Container]\nA=b",
    "[Container] is an unknown section, and its options have no effect; use [Unit], [Service] and [Install]",
  ],
  ["[X-fleet]\nGlobal=true", "[X-fleet] has no effect; write [X-Fleet]"],
  ["[XFleet]\nA=b", "[XFleet] has no effect; write [X-Fleet]"],
  ["[Timer]\nOnCalendar=daily", "[Timer] has no effect in a service; systemd reads [Unit], [Service] and [Install]"],
  ["[Service]\nType=simple", "[Service] has no effect in a target; systemd reads [Unit] and [Install]", "a.target"],
  [
    "[X-Fleet]\nMachineOf=ok",
    "MachineOf=ok in [X-Fleet] is not a unit name: a unit name ends in the unit type; write ok.service",
  ],
  [
    "[X-Fleet]\nConflicts=consul-master",
    "Conflicts=consul-master in [X-Fleet] is not a unit name: a unit name ends in the unit type; write consul-master.service",
  ],
  [
    "[X-Fleet]\nConflicts=b.servce",
    "Conflicts=b.servce in [X-Fleet] is not a unit name: a unit name ends in the unit type; check the spelling",
  ],
  [
    "[X-Fleet]\nReplaces=web@*.servce",
    "Replaces=web@*.servce in [X-Fleet] cannot match a unit: a unit name ends in the unit type; write the type, as in *.service",
  ],
  [
    "[X-Fleet]\nMachineOf=web@.service",
    "MachineOf=web@.service in [X-Fleet] names a template, which never runs; name an instance, such as web@1.service",
  ],
  [
    "[X-Fleet]\nMachineID=web_1/x",
    "MachineID=web_1/x in [X-Fleet] can be neither an ID, a beginning of an ID, a host name nor an address; fleetctl list-machines --full shows the machine IDs",
  ],
  [
    "[X-Fleet]\nMachineMetadata=ip=10.%i",
    "%i in [X-Fleet] is empty, because a.service is not an instance; submit the file as a template such as web@.service",
  ],
  [
    "[Service]\nExecStart=/bin/api \\\n  --a=b\n  --runtime_config=api/v1",
    "--runtime_config= in [Service] is not an option and has no effect; if the line continues the line above, end the line above with a backslash",
  ],
  [
    "[Service]\n-e FOO=bar image",
    "-e FOO= in [Service] is not an option and has no effect; if the line continues the line above, end the line above with a backslash",
  ],
  [
    "[Service]\nRestrat=always",
    "Restrat= in [Service] is unknown to systemd and has no effect; the nearest known option is Restart=",
  ],
  [
    "[Unit]\ndescription=b",
    "description= in [Unit] is unknown to systemd and has no effect; the nearest known option is Description=",
  ],
  [
    "[Unit]\nAfter=a.socket fleet.service",
    "After=fleet.service in [Unit] prevents the daemon from starting while a.service stops; remove fleet.service from the option",
  ],
  [
    "[Unit]\nPartOf=fleet.service",
    "PartOf=fleet.service in [Unit] stops a.service whenever the daemon stops or restarts; remove fleet.service from the option",
  ],
  [
    "[Timer]\nUnit=reboot.target",
    "Unit=reboot.target in [Timer] shuts the machine down; the unit then moves and may shut the next machine down too; remove reboot.target from the option",
    "a.timer",
  ],
  [
    "[Unit]\nFailureAction=reboot-force",
    "FailureAction=reboot-force in [Unit] shuts the machine down; the unit then moves and may shut the next machine down too; remove FailureAction=",
  ],
  [
    "[Service]\nStartLimitAction=reboot",
    "StartLimitAction=reboot in [Service] shuts the machine down; the unit then moves and may shut the next machine down too; remove StartLimitAction=",
  ],
  ["[Service]\nAfter=b.service", "After= has no effect in [Service]; move it to [Unit]"],
  ["[Unit]\nExecStart=/bin/true", "ExecStart= has no effect in [Unit]; move it to [Service]"],
  [
    "[Service]\nImageName=b",
    "ImageName= in [Service] is unknown to systemd up to version 258 and has no effect; check the spelling, or remove the option",
  ],
  [
    "[Service]\nExecStart=/bin/sleep\u00a01d",
    "ExecStart= in [Service] contains the character U+00A0, which looks like a space but is text for systemd; write a space",
  ],
  [
    "[Install]\nAlias=b.socket",
    "Alias=b.socket in [Install] cannot be an alias of a.service; write a unit name that ends in .service",
  ],
  [
    "[Install]\nAlias=b",
    "Alias=b in [Install] cannot be an alias of a.service; write a unit name that ends in .service",
  ],
];

for (const [text, warning, name] of WARNED) {
  test(`${JSON.stringify(text)} gives a warning`, () => assert.deepEqual(warningsOf(`${text}\n`, name), [warning]));
}

const SILENT: readonly (readonly [text: string, name?: string])[] = [
  ["[Unit]\nDescription=a\u00a0b \u3000\nX-Vendor=1\nConflicts=b.service\n[X-Vendor]\nMachineOf=x\nFoo\u00e9=1"],
  [
    "[Service]\nEnvironment=A=b\\\n  C=d\nStartLimitInterval=1\nCPUShares=1\nFailureAction=none\nRestartMode=direct\nPrivatePIDs=yes",
  ],
  [
    "[Unit]\nConditionKernelVersion=1\nAssertPathExists=/\nConditionVersion=systemd\nWantsMountsFor=/\nBindTo=b.service",
  ],
  [`[X-Fleet]\nMachineID=${"0".repeat(32)}`],
  ["[X-Fleet]\nConflicts=a* b@* *.service web@[0-9].service [ab].socket x? consul\\*.service"],
  ["[X-Fleet]\nReplaces=*"],
  ["[X-Fleet]\nMachineOf=%p-b@%i.service\nConflicts=%p@*.service\nMachineMetadata=ip=%i", "a@1.service"],
  ["[X-Fleet]\nMachineOf=%i\nMachineMetadata=ip=%i", "a@.service"],
  ["[X-Fleet]\nMachineID=%i", "a@.service"],
  ["[Socket]\nListenStream=1\nAccept=no\nExecStartPre=/bin/true\n[Install]\nWantedBy=sockets.target", "a.socket"],
  ["[Install]\nAlias=b.service %p-x.service dbus-org.example.service c@%j.service"],
];

for (const [text, name] of SILENT) {
  test(`${JSON.stringify(text)} gives no warning`, () => assert.deepEqual(warningsOf(`${text}\n`, name), []));
}

test("a repeated option gives one warning, also for a bad value", () => {
  const lines = [
    "Restrat=always",
    "Restrat=no",
    "StartLimitAction=none",
    "StartLimitAction=reboot",
    "StartLimitAction=poweroff",
  ];
  assert.deepEqual(
    warningsOf(`[Service]\n${lines.join("\n")}\n`).map((warning) => warning.slice(0, 23)),
    ["Restrat= in [Service] i", "StartLimitAction=reboot"],
  );
});

test("a file with 4,999 unknown options of a common prefix gives 20 warnings", () => {
  const lines = Array.from({ length: 4_999 }, (_, index) => `${"x".repeat(70)}${index}=b`);
  assert.equal(
    warningsOf(`[Service]\n${lines.join("\n")}\n`).at(-1),
    "there are more than 20 warnings; fix these first",
  );
});

test("a file with 4,999 mistakes gives the first 20 warnings without computing the others", () => {
  const lines = Array.from({ length: 4_999 }, (_, index) => `Restrat${index}=${"x".repeat(60)}`);
  const began = performance.now();
  const warnings = warningsOf(`[Service]\n${lines.join("\n")}\n`);
  assert.equal(warnings.length, 21);
  assert.equal(warnings.at(-1), "there are more than 20 warnings; fix these first");
  assert.ok(performance.now() - began < 2000);
});
