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

test("the units that are shipped as examples give no warning", () => {
  const files = readdirSync(UNITS).filter((file) => !file.startsWith("fleet"));
  assert.ok(files.length > 3);
  for (const file of files) assert.deepEqual(warningsOf(readFileSync(new URL(file, UNITS), "utf8"), file), [], file);
});

const WARNED: readonly (readonly [text: string, warning: string, name?: string])[] = [
  [
    "[Socket]\nListenStream=1\nAccept=yes",
    "Accept=yes in [Socket] has systemd start instances of echo@.service, which the cluster puts on no machine: " +
      "see that the hosts have it, or write Accept=no.",
    "echo.socket",
  ],
  ["[Install]\nX-Conflicts=b.service", "X-Conflicts= has no effect in [Install]: move it to [X-Fleet], as Conflicts=."],
  ["[Unit]\nMachineOf=b.service", "MachineOf= has no effect in [Unit]: move it to [X-Fleet], as MachineOf=."],
  ["[Service]\nGlobal=true", "Global= has no effect in [Service]: move it to [X-Fleet], as Global=."],
  [
    "[Service]\nConflicts=b.service",
    "Conflicts= has no effect in [Service]: move it to [X-Fleet], as Conflicts=, or to systemd's [Unit].",
  ],
  [
    "[unit]\nAfter=b.service",
    "[unit] is no section that systemd knows, and what is in it has no effect: write [Unit].",
  ],
  [
    "[Unit ]\nAfter=b.service",
    "[Unit ] is no section that systemd knows, and what is in it has no effect: write [Unit].",
  ],
  ["[Serivce]\nA=b", "[Serivce] is no section that systemd knows, and what is in it has no effect: write [Service]."],
  [
    "[Container]\nA=b",
    "[Container] is no section that systemd knows, and what is in it has no effect: known are [Unit], [Service] and [Install].",
  ],
  ["[X-fleet]\nGlobal=true", "[X-fleet] has no effect: write [X-Fleet]."],
  ["[XFleet]\nA=b", "[XFleet] has no effect: write [X-Fleet]."],
  [
    "[Timer]\nOnCalendar=daily",
    "[Timer] has no effect in a service: systemd reads [Unit], [Service] and [Install] there.",
  ],
  [
    "[Service]\nType=simple",
    "[Service] has no effect in a target: systemd reads [Unit] and [Install] there.",
    "a.target",
  ],
  [
    "[X-Fleet]\nMachineOf=ok",
    "MachineOf=ok in [X-Fleet] names no unit that there can be, since a unit's name ends in its type: write ok.service.",
  ],
  [
    "[X-Fleet]\nConflicts=consul-master",
    "Conflicts=consul-master in [X-Fleet] names no unit that there can be, since a unit's name ends in its type: write consul-master.service.",
  ],
  [
    "[X-Fleet]\nConflicts=b.servce",
    "Conflicts=b.servce in [X-Fleet] names no unit that there can be, since a unit's name ends in its type: check its spelling.",
  ],
  [
    "[X-Fleet]\nReplaces=web@*.servce",
    "Replaces=web@*.servce in [X-Fleet] matches no unit: a unit's name ends in its type, as in *.service.",
  ],
  [
    "[X-Fleet]\nMachineOf=web@.service",
    "MachineOf=web@.service in [X-Fleet] names a template, which never runs: name an instance, such as web@1.service.",
  ],
  [
    "[X-Fleet]\nMachineID=113f16a7",
    "MachineID=113f16a7 in [X-Fleet] is no whole machine ID, which has 32 hexadecimal digits: fleetctl list-machines --full shows it.",
  ],
  ["[X-Fleet]\nMachineMetadata=ip=10.%i", "%i in [X-Fleet] is empty, because a.service is no instance of a template."],
  [
    "[Service]\nExecStart=/bin/api \\\n  --a=b\n  --runtime_config=api/v1",
    "--runtime_config= in [Service] is no option and has no effect: if it belongs to the line above, end that one with a backslash.",
  ],
  [
    "[Service]\n-e FOO=bar image",
    "-e FOO= in [Service] is no option and has no effect: if it belongs to the line above, end that one with a backslash.",
  ],
  [
    "[Service]\nRestrat=always",
    "Restrat= in [Service] is not known to systemd and has no effect: the nearest known option is Restart=.",
  ],
  [
    "[Unit]\ndescription=b",
    "description= in [Unit] is not known to systemd and has no effect: the nearest known option is Description=.",
  ],
  [
    "[Unit]\nAfter=a.socket fleet.service",
    "After=fleet.service in [Unit] keeps the daemon from starting while a.service stops: leave it out.",
  ],
  [
    "[Unit]\nPartOf=fleet.service",
    "PartOf=fleet.service in [Unit] stops a.service whenever the daemon stops or restarts: leave it out.",
  ],
  [
    "[Timer]\nUnit=reboot.target",
    "Unit=reboot.target in [Timer] takes the machine down; the unit then starts on another machine, and may take that down, too: leave it out.",
    "a.timer",
  ],
  [
    "[Unit]\nFailureAction=reboot-force",
    "FailureAction=reboot-force in [Unit] takes the machine down; the unit then starts on another machine, and may take that down, too: leave it out.",
  ],
  [
    "[Service]\nStartLimitAction=reboot",
    "StartLimitAction=reboot in [Service] takes the machine down; the unit then starts on another machine, and may take that down, too: leave it out.",
  ],
  ["[Service]\nAfter=b.service", "After= has no effect in [Service]: systemd reads it in [Unit]."],
  ["[Unit]\nExecStart=/bin/true", "ExecStart= has no effect in [Unit]: systemd reads it in [Service]."],
  [
    "[Service]\nImageName=b",
    "ImageName= in [Service] is not known to systemd, up to version 258, and has no effect there.",
  ],
  [
    "[Service]\nExecStart=/bin/sleep\u00a01d",
    "ExecStart= in [Service] holds the character U+00A0, which looks like a blank and is text for systemd: write a space.",
  ],
  [
    "[Install]\nAlias=b.socket",
    "Alias=b.socket in [Install] cannot be an alias of a.service: write a unit's name that ends in .service.",
  ],
  [
    "[Install]\nAlias=b",
    "Alias=b in [Install] cannot be an alias of a.service: write a unit's name that ends in .service.",
  ],
];

for (const [text, warning, name] of WARNED) {
  test(`${JSON.stringify(text)} is warned of`, () => assert.deepEqual(warningsOf(`${text}\n`, name), [warning]));
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

test("an option that is given often is warned of once, also where its value is what is wrong", () => {
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

test("of many options whose names begin alike, no more than twenty are compared with systemd's", () => {
  const lines = Array.from({ length: 4_999 }, (_, index) => `${"x".repeat(70)}${index}=b`);
  assert.equal(
    warningsOf(`[Service]\n${lines.join("\n")}\n`).at(-1),
    "There are more than 20 warnings; the rest is left out.",
  );
});

test("of many warnings the first twenty are given, and no more are worked out", () => {
  const lines = Array.from({ length: 4_999 }, (_, index) => `Restrat${index}=${"x".repeat(60)}`);
  const began = performance.now();
  const warnings = warningsOf(`[Service]\n${lines.join("\n")}\n`);
  assert.equal(warnings.length, 21);
  assert.equal(warnings.at(-1), "There are more than 20 warnings; the rest is left out.");
  assert.ok(performance.now() - began < 2000);
});
