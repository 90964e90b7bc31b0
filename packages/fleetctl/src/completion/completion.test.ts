import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { FILE, MACHINE, OTHER_MACHINE, testCluster, type TestCluster, withoutCluster } from "../cluster.fixture.ts";

const UNITS = ["redis.service", "web@.service", "web@1.service", "web@2.service"];

async function clusterWithUnits(t: Parameters<typeof testCluster>[0]): Promise<TestCluster> {
  const cluster = await testCluster(t);
  for (const name of UNITS) await cluster.file(name, `[Unit]\nDescription=Is ${name}\n\n${FILE}`);
  await cluster.fleetctl("submit", ...UNITS);
  await cluster.fleetctl("start", "web@1");
  return cluster;
}

async function complete(cluster: TestCluster, line: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await cluster.fleetctl("__complete", "--", ...line.split(" "));
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((candidate) => candidate.split("\t")[0] ?? "");
}

test("commands, flags, units, machines, files and copies of units are completed", async (t) => {
  const cluster = await clusterWithUnits(t);
  await mkdir(join(cluster.directory, "units"));
  await writeFile(join(cluster.directory, "units/local.service"), FILE);
  await writeFile(join(cluster.directory, "units/notes.txt"), "");
  const cases: readonly [line: string, words: readonly string[]][] = [
    ["list-u", ["list-units", "list-unit-files"]],
    ["resta", ["restart"]],
    ["help list-m", ["list-machines"]],
    ["metadata ", ["set", "unset", "reset", "help"]],
    ["metadata unset 113 ", ["region", "disk"]],
    ["metadata reset 113 region d", ["disk"]],
    ["metadata set 113 ", []],
    ["metadata set 113", [MACHINE]],
    ["stop ", ["redis.service", "web@1.service", "web@2.service"]],
    ["stop redis.service web@", ["web@1.service", "web@2.service"]],
    ["cat w", ["web@.service", "web@1.service", "web@2.service"]],
    ["--debug stop --no-block red", ["redis.service"]],
    ["status web@1.service@", [`web@1.service@${MACHINE.slice(0, 8)}`]],
    ["start units/", ["units/local.service"]],
    ["start u", ["units/"]],
    ["ssh 8", [OTHER_MACHINE]],
    ["ssh --unit red", ["redis.service"]],
    ["ssh --machine=85", [`--machine=${OTHER_MACHINE}`]],
    ["kill --kill-whom ", ["main", "control", "all"]],
    ["kill -s SIGUS", ["SIGUSR1", "SIGUSR2"]],
    ["kill --signal=U", ["--signal=USR1", "--signal=USR2", "--signal=URG"]],
    ["list-units --output=j", ["--output=json"]],
    ["list-units --fields=unit,ac", ["--fields=unit,active"]],
    ["list-machines --fields ip,m", ["ip,machine", "ip,metadata"]],
    ["journal --output short-i", ["short-iso", "short-iso-precise"]],
    ["start red", ["redis.service"]],
    ["stop --block", ["--block-attempts"]],
    ["--ca-file units/n", ["units/notes.txt"]],
    ["cat redis.service ", []],
    ["ssh web@1 ", []],
    ["nonsense ", []],
    ["list ", []],
    ["stop $(reboot)", []],
  ];
  for (const [line, words] of cases) assert.deepEqual(await complete(cluster, line), words, line);
  const [first] = (await cluster.fleetctl("__complete", "--", "stop", "")).stdout.split("\n");
  assert.equal(first, "redis.service\tIs redis.service");
});

test("without a daemon there are no names, and the answer is quick", { timeout: 10_000 }, async (t) => {
  assert.deepEqual(await withoutCluster("__complete", "--", "stop", ""), { code: 0, stdout: "", stderr: "" });
  const cluster = await testCluster(t);
  const path = join(cluster.directory, "silent.sock");
  const silent = createServer(() => {}).listen(path);
  t.after(() => silent.close());
  assert.deepEqual(await complete(cluster, `--endpoint=unix://${path} --request-timeout 60 stop `), []);
});

test("the shells' scripts complete, and evaluate no typed text", async (t) => {
  const cluster = await clusterWithUnits(t);
  const main = join(import.meta.dirname, "../main.ts");
  const bin = join(cluster.directory, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "fleetctl"), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  await chmod(join(bin, "fleetctl"), 0o755);
  const env = { ...process.env, PATH: `${bin}:${process.env["PATH"]}`, FLEETCTL_ENDPOINT: cluster.endpoint };
  const scripts: Record<string, string> = {};
  for (const shell of ["bash", "zsh", "fish"]) {
    scripts[shell] = join(cluster.directory, `completion.${shell}`);
    await writeFile(scripts[shell], (await cluster.fleetctl("completion", shell)).stdout);
    execFileSync(shell, ["-n", scripts[shell]], { env });
  }
  const inShell: Readonly<Record<string, (line: string) => readonly string[]>> = {
    bash: (line) => [
      "--norc",
      "-c",
      'source "$0"; COMP_LINE=$1 COMP_POINT=${#1}; _fleetctl; printf "%s\\n" "${COMPREPLY[@]}"',
      scripts["bash"] ?? "",
      line,
    ],
    zsh: (line) => [
      "-f",
      "-c",
      'compdef() { }; _describe() { print -rl -- "${(@)candidates%%:*}" }; source "$0"; words=("${(@s: :)1}"); CURRENT=${#words}; _fleetctl',
      scripts["zsh"] ?? "",
      line,
    ],
    fish: (line) => ["--no-config", "-c", `source ${scripts["fish"]}; complete -C "$argv[1]" | cut -f 1`, line],
  };
  const trap = join(cluster.directory, "trap");
  for (const [shell, argsOf] of Object.entries(inShell)) {
    const completed = async (line: string): Promise<readonly string[]> => {
      const { stdout } = await promisify(execFile)(shell, [...argsOf(line)], { env, cwd: cluster.directory });
      return stdout.split("\n").filter((word) => word !== "");
    };
    assert.deepEqual(await completed("fleetctl list-m"), ["list-machines"], shell);
    assert.deepEqual(await completed("fleetctl stop red"), ["redis.service"], shell);
    // bash replaces the text after the split at the @.
    const instances = shell === "bash" ? ["1.service", "2.service"] : ["web@1.service", "web@2.service"];
    assert.deepEqual(await completed("fleetctl --debug stop web@"), instances, shell);
    await completed(`fleetctl stop $(touch ${trap}) \`touch ${trap}\` x`);
    await assert.rejects(promisify(execFile)("test", ["-e", trap]), shell);
  }
});
