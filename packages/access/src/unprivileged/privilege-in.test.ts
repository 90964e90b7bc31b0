import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUnitFile } from "@flotilla/unit";
import type { DeployerScope } from "../caller.ts";
import { HARMLESS } from "./harmless-options.ts";
import { privilegeIn } from "./privilege-in.ts";

const SCOPE: DeployerScope = { units: ["web*"], machineMetadata: {}, admit: "unprivileged", users: ["www"] };

function problem(name: string, text: string, scope = SCOPE): string | undefined {
  const found = privilegeIn(name, parseUnitFile(text).options, scope);
  return found && `${found.cause}; ${found.fix}`;
}

const service = (lines: string): string => `[Service]\nDynamicUser=yes\n${lines}\n`;

const ADMITTED: readonly (readonly [name: string, text: string])[] = [
  ["web.service", service("ExecStart=/bin/sleep 1000")],
  ["web.service", "[Service]\nUser=www\nGroup=www\nExecStart=/bin/sleep 1000"],
  [
    "web.service",
    service('ExecStart=-@/bin/sh sh -c "a + b ; [ -f x ] ! c"\nExecStop=:/bin/kill $MAINPID ; /bin/true'),
  ],
  [
    "web.service",
    service("ExecStart=%h/bin/web\nWorkingDirectory=~\nEnvironment=A=b\nEnvironmentFile=-/etc/environment"),
  ],
  ["web.service", service("StateDirectory=web web/cache %p/x\nRuntimeDirectory=%N\nAmbientCapabilities=\nNice=5")],
  ["web.service", service("StandardOutput=journal\nStandardError=null\nStandardInput=fd:web")],
  [
    "web.service",
    service("LoadCredential=web-db:/run/fleet/secrets.sock\nLoadCredential=web-%p:%t/fleet/secrets.sock"),
  ],
  ["web.service", "[Service]\nUser=www\nProtectSystem=strict\nNoNewPrivileges=yes"],
  ["web.service", service("ProtectSystem=strict\nMemoryMax=1G\nCPUQuota=20%\nRestart=always\nRestartSec=1")],
  [
    "web.service",
    `[Unit]\nAfter=docker.service network-online.target\nWants=network-online.target web-db.service\n${service("")}`,
  ],
  ["web.service", `[Unit]\nConditionPathExists=!/etc/stop\nAssertHost=a\nPartOf=db.service\n${service("")}`],
  [
    "web.service",
    service("[Install]\nWantedBy=multi-user.target\n[X-Fleet]\nMachineMetadata=a=b\n[X-Notes]\nRootDirectory=/"),
  ],
  ["web@.service", `[Unit]\nBindsTo=web-db@%i.service %p-x.service\n${service("ExecStart=/bin/web %i")}`],
  ["web.socket", "[Socket]\nListenStream=8080\nListenStream=127.0.0.1:8081\nListenDatagram=[::1]:1024\nAccept=no"],
  ["web.timer", "[Timer]\nOnCalendar=daily\nUnit=web-clean.service"],
  ["web\\x2da.timer", "[Timer]\nOnCalendar=daily"],
  ["web.path", "[Path]\nPathChanged=/srv/web\nUnit=web.service"],
  ["web.target", "[Unit]\nDescription=all of web\nWants=web-a.service"],
];

for (const [name, text] of ADMITTED)
  test(`${name} with ${JSON.stringify(text.slice(0, 70))} is unprivileged`, () => {
    assert.equal(problem(name, text), undefined);
  });

/** Lines of [Service] beside DynamicUser=yes, with what the refusal says. */
const REFUSED: readonly (readonly [lines: string, message: RegExp])[] = [
  ...["ExecStart=+/bin/sh", "ExecStartPre=-+/bin/sh", "ExecStop=!/bin/sh", "ExecReload=!!/bin/sh"].map(
    (line) => [line, /begin each command with its path/] as const,
  ),
  ['ExecStart="+/bin/sh"', /quotes/],
  ["ExecStart=\\x2b/bin/sh", /backslashes/],
  ["ExecStart='-'+/bin/sh", /quotes/],
  ["ExecStart=|/bin/sh", /begin each command/],
  ["ExecStartPre=/bin/true ; +/bin/sh", /begin each command/],
  ["ExecStartPre=/bin/true ; \\\n+/bin/sh", /begin each command/],
  ['ExecStartPre=/bin/true ; "+/bin/sh"', /begin each command/],
  ["PermissionsStartOnly=yes", /^PermissionsStartOnly= in \[Service\] may act on the host; remove/],
  ["DynamicUser=no", /write yes/],
  ["DynamicUser=", /write yes/],
  ["User=root", /name one of www/],
  ["User=", /name one of www/],
  ["User=postgres", /name one of www/],
  ["User=%i", /name one of www/],
  ["User=0", /name one of www/],
  ["Group=docker", /name one of www/],
  ["SupplementaryGroups=docker", /^SupplementaryGroups=/],
  ["PAMName=login", /^PAMName=/],
  ["AmbientCapabilities=CAP_SYS_ADMIN", /^AmbientCapabilities=.*remove the option/],
  ["BindPaths=/etc", /^BindPaths=/],
  ["BindReadOnlyPaths=/etc", /^BindReadOnlyPaths=/],
  ["RootDirectory=/srv", /^RootDirectory=/],
  ["RootImage=/srv/a.raw", /^RootImage=/],
  ["MountImages=/srv/a.raw:/x", /^MountImages=/],
  ["ExtensionImages=/srv/a.raw", /^ExtensionImages=/],
  ["TemporaryFileSystem=/etc", /^TemporaryFileSystem=/],
  ["EnvironmentFile=/etc/shadow", /use Environment=/],
  ["StandardOutput=file:/etc/passwd", /write journal/],
  ["StandardOutput=truncate:/etc/passwd", /write journal/],
  ["StandardError=append:/etc/passwd", /write journal/],
  ["StandardInput=file:/etc/shadow", /write journal/],
  ["StandardOutput=tty", /write journal/],
  ["StandardOutput=kmsg", /write journal/],
  ["TTYPath=/dev/tty1", /^TTYPath=/],
  ["LoadCredential=web:/etc/shadow", /name a secret of the cluster: LoadCredential=NAME:\/run\/fleet\/secrets\.sock/],
  ["LoadCredential=web", /name a secret of the cluster/],
  ["LoadCredential=:/run/fleet/secrets.sock", /name a secret of the cluster/],
  ["LoadCredentialEncrypted=web", /^LoadCredentialEncrypted=/],
  ["ImportCredential=*", /^ImportCredential=/],
  ["OpenFile=/etc/shadow", /^OpenFile=/],
  ["StateDirectory=postgresql", /name directories below web/],
  ["StateDirectory=web/../fleet", /name directories below web/],
  ["StateDirectory=web:fleet", /name directories below web/],
  ["RuntimeDirectory=web fleet", /name directories below web/],
  ["ConfigurationDirectory=web", /^ConfigurationDirectory=/],
  ["Nice=-5", /write a number from 0/],
  ["OOMScoreAdjust=-1000", /write a number from 0/],
  ["CPUSchedulingPolicy=fifo", /write other or batch or idle/],
  ["IOSchedulingClass=realtime", /write best-effort/],
  ["LimitRTPRIO=99", /^LimitRTPRIO=/],
  ["MemoryMin=1G", /^MemoryMin=/],
  ["DeviceAllow=/dev/sda rw", /^DeviceAllow=/],
  ["Delegate=yes", /^Delegate=/],
  ["Slice=system-x.slice", /^Slice=/],
  ["NetworkNamespacePath=/run/netns/a", /^NetworkNamespacePath=/],
  ["SELinuxContext=u", /^SELinuxContext=/],
  ["AppArmorProfile=unconfined", /^AppArmorProfile=/],
  ["FailureAction=reboot", /^FailureAction=/],
  ["StartLimitAction=reboot", /^StartLimitAction=/],
  ["KillMode=none", /write control-group/],
  ["Sockets=sshd.socket", /match web\*/],
  ["OptionOfALaterVersion=1", /^OptionOfALaterVersion= in \[Service\] may act on the host; remove/],
  ["[Mount]\nWhat=/dev/sda", /\[Mount\] is no section of web\.service/],
  ["[Unit]\nConflicts=sshd.service", /match web\*/],
  ["[Unit]\nWants=sshd.service", /match web\*/],
  ["[Unit]\nRequires=reboot.target", /match web\*/],
  ["[Unit]\nWants=web-%H.service sshd%x.service", /match web\*/],
  ["[Unit]\nOnFailure=reboot.target", /match web\*/],
  ["[Unit]\nOnFailure=web.target\nOnFailureJobMode=isolate", /write fail/],
  ["[Unit]\nPropagatesStopTo=sshd.service", /match web\*/],
  ["[Unit]\nJoinsNamespaceOf=postgresql.service", /match web\*/],
  ["[Unit]\nBefore=sshd.service", /match web\*/],
  ["[Unit]\nSuccessAction=poweroff", /^SuccessAction=/],
  ["[Unit]\nJobTimeoutAction=reboot", /^JobTimeoutAction=/],
  ["[Unit]\nDefaultDependencies=no", /^DefaultDependencies=/],
  ["[Unit]\nRequiresMountsFor=/mnt", /^RequiresMountsFor=/],
  ["[Install]\nAlias=sshd.service", /^Alias=/],
  ["[Install]\nRequiredBy=sshd.service", /^RequiredBy=/],
  ["[Install]\nWantedBy=sshd.service", /name targets only/],
  ["[Install]\nAlso=sshd.service", /match web\*/],
];

for (const [lines, message] of REFUSED)
  test(`a service with ${JSON.stringify(lines)} is refused`, () => {
    assert.match(problem("web.service", service(lines)) ?? "", message);
  });

for (const [name, text, message] of [
  ["web.service", "[Service]\nExecStart=/bin/sleep 1000", /runs as root; write DynamicUser=yes/],
  [
    "web.service",
    "[Service]\nUser=www\nInaccessiblePaths=/etc/pam.d",
    /may deceive .* sudo; write NoNewPrivileges=yes/,
  ],
  [
    "web.service",
    "[Service]\nUser=www\nSystemCallFilter=~setuid\nNoNewPrivileges=yes\nNoNewPrivileges=no",
    /may deceive/,
  ],
  ["web.mount", "[Mount]\nWhat=/dev/sda1\nWhere=/mnt", /a mount unit acts on its host as root/],
  ["web.swap", "[Swap]\nWhat=/dev/sda1", /a swap unit/],
  ["web.automount", "[Automount]\nWhere=/mnt", /a automount unit/],
  ["web.slice", "[Slice]\nCPUWeight=1", /a slice unit/],
  ["web.socket", "[Socket]\nListenStream=80", /a port from 1024/],
  ["web.socket", "[Socket]\nListenStream=/run/docker.sock", /a port from 1024/],
  ["web.socket", "[Socket]\nListenFIFO=/etc/x", /^ListenFIFO=/],
  ["web.socket", "[Socket]\nListenStream=8080\nExecStartPre=/bin/sh", /^ExecStartPre= in \[Socket\]/],
  ["web.socket", "[Socket]\nListenStream=8080\nService=sshd.service", /match web\*/],
  ["web.socket", "[Socket]\nListenStream=8080\nSymlinks=/etc/x", /^Symlinks=/],
  ["web.timer", "[Timer]\nOnBootSec=1\nUnit=reboot.target", /match web\*/],
  ["web.timer", "[Timer]\nWakeSystem=yes", /^WakeSystem=/],
  ["web.path", "[Path]\nPathExists=/x\nMakeDirectory=yes", /^MakeDirectory=/],
  ["web@.service", "[Service]\nDynamicUser=yes\n[Unit]\nConflicts=%i.service", /match web\*/],
  ["web.service", "[Service]\nDynamicUser=yes\n[Unit]\nRefuseManualStop=yes", /RefuseManualStop=/],
] as const)
  test(`${name} with ${JSON.stringify(text)} is refused`, () => {
    assert.match(problem(name, text) ?? "", message);
  });

for (const [units, name, text, message] of [
  [
    "web.*",
    "web.socket",
    "[Socket]\nListenStream=8080\nAccept=yes",
    /web\.socket starts web@\*\.service, .*; remove Accept=/,
  ],
  ["web*.timer", "web.timer", "[Timer]\nOnBootSec=1", /web\.timer starts web\.service, .*; write Unit= in \[Timer\]/],
  ["web*.path", "web.path", "[Path]\nPathExists=/x", /web\.path starts web\.service/],
  ["web@*.timer", "web@.timer", "[Timer]\nOnBootSec=1", /web@\.timer starts web@\*\.service/],
] as const)
  test(`${name} is refused to a deployer of ${units} if it starts a unit of another name`, () => {
    assert.match(problem(name, text, { ...SCOPE, units: [units] }) ?? "", message);
  });

test("no harmless option runs a command, opens a file by a path or names a user", () => {
  const names = [...HARMLESS.values()].flatMap((section) => [...section]);
  const bad = names.filter((name) =>
    /^(?:Exec(?!Paths|SearchPath)|User$|Group$|Root|Bind(?!IPv6Only)|Mount|.*Action$)/.test(name),
  );
  assert.deepEqual(bad, []);
});
