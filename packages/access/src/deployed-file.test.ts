import assert from "node:assert/strict";
import { test } from "node:test";
import { admitUnitFile } from "@flotilla/unit";
import { missingForFile } from "./deployed-file.ts";
import type { DeployerScope, Caller } from "./caller.ts";
import { describeMissing } from "./missing-right.ts";

function said(scope: Partial<DeployerScope>, text: string, name = "web.service"): string {
  const grant = { role: "deployer", units: ["web*"], machineMetadata: {}, users: [], ...scope } as const;
  const caller: Caller = { kind: "token", id: "i", name: "ci", grant };
  const { file, requirements } = admitUnitFile(name, text);
  const refusal = missingForFile(caller, { name, options: file.options, requirements });
  return refusal ? describeMissing(refusal) : "";
}

const zone = { machineMetadata: { zone: "a" } };
const unprivileged = { admit: "unprivileged" } as const;

for (const [scope, text, message] of [
  [{}, "[Service]\nExecStart=+/bin/sh\n[X-Fleet]\nGlobal=true", /^$/],
  [zone, "[X-Fleet]\nMachineMetadata=zone=a", /^$/],
  [zone, "[X-Fleet]\nMachineMetadata=zone=a\nMachineMetadata=disk=ssd", /^$/],
  [
    zone,
    "[Service]",
    /^the right "submit web.service with this file" is missing: token ci \(deployer\) is limited to machines with zone=a, which the unit does not require; write MachineMetadata=zone=a in \[X-Fleet\]$/,
  ],
  [zone, "[X-Fleet]\nMachineMetadata=zone=a\nMachineMetadata=zone=b", /limited to machines with zone=a/],
  [zone, "[X-Fleet]\nMachineMetadata=zone=b", /limited to machines with zone=a/],
  [zone, '[X-Fleet]\nMachineMetadata="zone in a"', /^$/],
  [zone, '[X-Fleet]\nMachineMetadata="zone=b" "zone in a"', /^$/],
  [zone, '[X-Fleet]\nMachineMetadata="zone in a,b"', /limited to machines with zone=a/],
  [zone, "[X-Fleet]\nMachineMetadata=zone!=b", /limited to machines with zone=a/],
  [zone, "[X-Fleet]\nMachineMetadata=zone>=1", /limited to machines with zone=a/],
  [zone, "[X-Fleet]\nPrefers=zone=a", /limited to machines with zone=a/],
  [{}, "[X-Fleet]\nPriority=10\nAvoids=*", /^$/],
  [{}, "[X-Fleet]\nPreempts=true", /Preempts= in \[X-Fleet\] may evict others; remove Preempts=/],
  [{ units: ["*"] }, "[X-Fleet]\nPreempts=true", /^$/],
  [{}, "[X-Fleet]\nConflicts=web@*.service", /^$/],
  [{}, "[X-Fleet]\nReplaces=web-old.service", /^$/],
  [{}, "[X-Fleet]\nConflicts=*", /Conflicts=\* in \[X-Fleet\] may affect others/],
  [{}, "[X-Fleet]\nReplaces=db.service", /Replaces=db.service in \[X-Fleet\] may affect others/],
  [{}, "[Service]\nLoadCredential=web-db", /^$/],
  [{}, "[Service]\nLoadCredential=db", /limited to secrets whose names match web\*, but the unit loads "db"/],
  [{}, "[Service]\nLoadCredential=db:/etc/x", /the unit loads "db"/],
  [unprivileged, "[Service]\nDynamicUser=yes", /^$/],
  [
    unprivileged,
    "[Service]\nExecStart=/bin/true",
    /may submit only unprivileged units: a service without User= runs as root/,
  ],
  [unprivileged, "[Service]\nDynamicUser=yes\n[X-Fleet]\nGlobal=yes", /may submit no global unit/],
] as const)
  test(`a deployer with ${JSON.stringify(scope)} submits ${JSON.stringify(text)}`, () => {
    assert.match(said(scope, text), message);
  });

const SOCKET = "/run/fleet/secrets.sock";

for (const [name, text] of [
  ["web.socket", `[Socket]\nLoadCredential=db:${SOCKET}`],
  ["web.service", `[Socket]\nLoadCredential=db:${SOCKET}`],
  ["web.service", `[Mount]\nLoadCredential=db:${SOCKET}`],
  ["web.service", `[Service]\nLoadCredential=%%b:${SOCKET}`],
  ["web@.service", `[Service]\nLoadCredential=d%i:${SOCKET}`],
] as const)
  test(`a deployer of web* submits no ${name} with ${JSON.stringify(text)}, which loads another secret`, () => {
    assert.match(said({}, text, name), /limited to secrets whose names match web\*/);
  });

test("a specifier in a secret's name counts as what it becomes", () => {
  const text = `[Service]\nLoadCredential=web-%i:${SOCKET}`;
  assert.equal(said({}, text, "web@.service"), "");
  assert.equal(said({ units: ["web-??", "web@*"] }, text, "web@ab.service"), "");
  assert.match(said({ units: ["web-??", "web@*"] }, text, "web@.service"), /limited to secrets/);
  assert.match(said({ units: ["web-??", "web@*"] }, text, "web@abc.service"), /limited to secrets/);
});

test("other callers are not limited by what a file says", () => {
  const { file, requirements } = admitUnitFile("web.service", "[Service]\nExecStart=+/bin/sh\n");
  for (const caller of [{ kind: "local" }, { kind: "token", id: "i", name: "ann", grant: { role: "admin" } }] as const)
    assert.equal(missingForFile(caller, { name: "web.service", options: file.options, requirements }), undefined);
});
