import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { FILE, testCluster, withoutCluster } from "./cluster.fixture.ts";
import { nowhere } from "./nowhere.fixture.ts";
import { createProgram } from "./program.ts";
import { version } from "./version.ts";

const program = createProgram(nowhere, nowhere, () => Promise.resolve());
const COMMANDS = program
  .createHelp()
  .visibleCommands(program)
  .map((command) => command.name())
  .filter((name) => name !== "help");

test("no argument, help, --help and -h print the same help, with the version", async () => {
  const shown = await Promise.all([
    withoutCluster(),
    withoutCluster("help"),
    withoutCluster("--help"),
    withoutCluster("-h"),
  ]);
  for (const { code, stdout, stderr } of shown) {
    assert.deepEqual([code, stderr, stdout], [0, "", shown[0]?.stdout]);
    assert.ok(stdout.includes(version));
    for (const command of COMMANDS) assert.match(stdout, new RegExp(`^ {2}${command} `, "m"));
  }
});

for (const command of COMMANDS) {
  test(`help of ${command} has an example`, async () => {
    const { code, stdout } = await withoutCluster("help", command);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Examples?:\n {2}fleetctl (${command}|cat) ?`, "m"));
  });
}

test("--help before a command is that command's", async () => {
  assert.deepEqual(await withoutCluster("--help", "start"), await withoutCluster("help", "start"));
});

test("a full disk is reported as such", () => {
  const main = join(import.meta.dirname, "main.ts");
  for (const command of ["submit", "load", "start", "stop", "restart", "unload", "destroy", "status"]) {
    test(`${command} without units succeeds, in fleet's words`, async () => {
      for (const flags of [[], ["--"]])
        assert.deepEqual(await withoutCluster(command, ...flags), { code: 0, stdout: "", stderr: "No units given\n" });
    });
  }

  for (const argument of ["version", "help"]) {
    const { status, stderr } = spawnSync("sh", ["-c", '"$0" "$@" >/dev/full', process.execPath, main, argument]);
    assert.match(String(stderr), /^cannot write to standard output: .*ENOSPC.*\n$/);
    assert.equal(status, 1);
  }
});

for (const argument of ["version", "--version", "-v"]) {
  test(`${argument} prints fleet's line, also as a process`, async () => {
    const expected = `fleetctl version ${version}\n`;
    assert.deepEqual(await withoutCluster(argument), { code: 0, stdout: expected, stderr: "" });
    const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, "main.ts"), argument]);
    assert.equal(stdout, expected);
  });
}

const wrong: readonly [args: readonly string[], code: number, message: RegExp][] = [
  [["strat", "a.service"], 2, /unknown command 'strat'\n.*start/],
  [["is-enabled", "a.service"], 2, /unknown command 'is-enabled': use fleetctl list-unit-files/],
  [["top"], 2, /unknown command 'top': (?!.*stop)/],
  [["kill", "-77", "a"], 2, /unknown signal --signal=77/],
  [["list-units", "-l=maybe"], 2, /cannot read -l=maybe: neither true nor false; use -l=true/],
  [["help", "logs"], 2, /unknown command 'logs': use fleetctl journal/],
  [["--strict-host-key-checking=maybe", "list-units"], 2, /=maybe: neither true nor false/],
  [["start", "--replce", "a.service"], 2, /unknown option '--replce'\n.*--replace/],
  [["kill"], 2, /missing required argument 'unit'\nSee fleetctl help kill\.$/m],
  [["metadata", "set", "m"], 2, /See fleetctl help metadata set\.$/m],
  [["start", "--block-attempts=many", "a"], 2, /block-attempts.*whole number/],
  [["journal", "--lines=-1", "a"], 2, /lines.*whole number/],
  [["list-units", "--output=yaml"], 2, /Allowed choices are text, json/],
  [["list-machines", "extra"], 2, /too many arguments/],
  [["verify"], 2, /missing required argument 'unit-file'/],
  [["submit", "--sign", "a"], 2, /DEPRECATED/],
  [["--driver=etcd", "list-units"], 2, /cannot use --driver=etcd: .*--endpoint/],
  [["--tunnel=-oProxyCommand=x", "list-units"], 2, /cannot read --tunnel=-oProxyCommand=x: not a host/],
  [["journal", "--lines=1000000", "a.service"], 2, /--lines .*from 0 to 999999, or all/],
  [["--tunnel=h:99999", "list-units"], 2, /cannot read --tunnel=h:99999: not a host/],
  [["--tunnel=h", "--endpoint=https://h2", "list-units"], 2, /cannot reach https:\/\/h2 through --tunnel/],
  [["st", "a.service"], 2, /ambiguous command 'st': could be start, stop, status, store$/m],
  [["ssh"], 2, /One machine or unit must be provided/],
  [["ssh", "--machine=a", "--unit=b"], 2, /Both machine and unit flags provided/],
  [["ssh", "--ssh-port=0", "a"], 2, /Use a port/],
  [["journal", "--output=bogus", "a"], 2, /Allowed choices are short, /],
  [["kill", "--kill-whom=cgroup", "a"], 2, /Allowed choices are main, control, all/],
  [["kill", "--kill-who=cgroup", "a"], 2, /Allowed choices are main, control, all/],
  [["kill", "-s", "HUMBUG", "a"], 2, /unknown signal --signal=HUMBUG/],
  [["metadata", "set", "m", "a b=c"], 2, /cannot use "a b" as a metadata key/],
  [["metadata", "unset", "m", "__proto__"], 2, /cannot use "__proto__" as a metadata key/],
  [["metadata", "unset", "m", "a b"], 2, /cannot use "a b" as a metadata key/],
  [["metadata", "set", "m", "a=b\nc"], 2, /cannot set a to "b\\nc": the value has a control character/],
  [["help", "bogus"], 2, /unknown command 'bogus'/],
  [["--experimental-api=true", "--etcd-cafile=/nonexistent/ca", "list-units"], 2, /cannot read --ca-file/],
  [["fd-forward", "/nonexistent/fleet.sock"], 1, /cannot connect to \/nonexistent\/fleet.sock/],
  [["--endpoint=http://127.0.0.1:2379", "list-units"], 2, /its port is etcd's/],
  [["--endpoint=ftp://x", "list-units"], 2, /ftp:\/\/x/],
  [["--request-timeout=-1", "list-units"], 2, /--request-timeout=-1/],
  [
    ["--ca-file=/nonexistent/ca", "list-units"],
    2,
    /cannot read --ca-file \/nonexistent\/ca: no such file or directory\n/,
  ],
  [["--ca-file=/dev/null", "list-units"], 2, /cannot read --ca-file \/dev\/null: not a certificate in PEM format/],
  [["--key-file=/dev/null", "list-units"], 2, /cannot read --key-file \/dev\/null: not a private key in PEM format/],
  [["list-units"], 5, /cannot reach fleetd \(unix:\/\/\/nonexistent\/fleet\.sock: .*systemctl status fleet/],
  [["start", "--", "-x.service"], 5, /cannot reach fleetd/],
];

for (const [args, code, message] of wrong) {
  test(`${args.join(" ")}: exit ${code}, a clear message and no stack`, async () => {
    const finished = await withoutCluster(...args);
    assert.equal(finished.code, code, finished.stderr);
    assert.match(finished.stderr, message);
    assert.doesNotMatch(finished.stderr, /\n\s+at /);
    assert.equal(finished.stdout, "");
  });
}

test("any thrown value becomes a message without a stack, and with the stack under --debug", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("hello.service");
  await cluster.fleetctl("submit", "hello.service");
  for (const [thrown, message] of [
    [new TypeError("x is not a function"), /^internal error \(please report it; .*\): x is not a function\n$/m],
    [new AggregateError([new Error("one"), new Error("two")]), /: one; two\n$/],
    ["only text", /: only text\n$/],
    [undefined, /: undefined\n$/],
  ] as const) {
    const broken = {
      runProgram(): never {
        throw thrown; // eslint-disable-line typescript/only-throw-error
      },
    };
    const { code, stdout, stderr } = await cluster.fleetctlWith(broken, "edit", "hello");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n\s+at /);
    const told = await cluster.fleetctlWith(broken, "--debug", "edit", "hello");
    if (thrown instanceof Error) assert.match(told.stderr, /\n\s+at /);
  }
});

test("invalid arguments are refused before anything is written", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("good.service");
  await cluster.file("prose.service", "Dear systemd,\n");
  await cluster.file("binary.service", "[Service]\nExecStart=/bin/\u0000\n");
  await cluster.file("both.service", `${FILE}\n[X-Fleet]\nMachineOf=a.service\nGlobal=true\n`);
  const cases: readonly [args: readonly string[], message: RegExp][] = [
    [
      ["start", "good.service", "absent.service"],
      /cannot find file absent\.service, and the cluster has no unit absent\.service/,
    ],
    [["start", "good.service", "../x.service"], /cannot find file \.\.\/x\.service/],
    [["start", "good.service", "web@1.service"], /nor its template web@\.service/],
    [["start", "good.service", "prose.service"], /^prose\.service: line 1: (?!line)/im],
    [["start", "good.service", "binary.service"], /binary\.service/],
    [["start", "good.service", "both.service"], /both\.service: .*MachineOf/],
    [["start", "good.service", `${"x".repeat(300)}.service`], /256/],
    [["start", "good.service", "."], /(prose|binary|both)\.service: /],
    [["start", "good.service", "none/"], /cannot find file/],
    [["start", "none*"], /no unit in the cluster and no local unit file matches none\*/],
    [["stop", "none.service"], /unit none\.service not found/],
    [["destroy", "none.service", "none*"], /none\.service not found.*\n.*matches none\*/],
    [["restart", "none.service"], /unit none\.service not found/],
    [["cat", "none.service"], /Unit none\.service not found/],
    [["journal", "none.service"], /Unit none\.service does not exist/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await cluster.fleetctl(...args);
    assert.equal(code, 1, args.join(" "));
    assert.match(stderr, message);
    assert.equal(stdout, "");
  }
  assert.equal((await cluster.fleetctl("list-unit-files", "--no-legend")).stdout, "");
  await cluster.fleetctl("submit", "good.service");
  assert.match(
    (await cluster.fleetctl("stop", "good.service")).stderr,
    /^Unable to stop unit good\.service in state inactive\n$/,
  );
  assert.match(
    (await cluster.fleetctl("restart", "good.service")).stderr,
    /^Unable to restart unit good\.service in state inactive\n$/,
  );
});

test("an unknown option in [X-Fleet] is accepted with a warning", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("typo.service", `${FILE}\n[X-Fleet]\nMachineMetdata=region=eu\n`);
  const { code, stderr } = await cluster.fleetctl("submit", "typo.service");
  assert.equal(code, 0);
  assert.match(stderr, /^WARNING: typo\.service: MachineMetdata=.*MachineMetadata=/);
});
