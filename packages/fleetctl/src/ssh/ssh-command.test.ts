import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { sshCommand } from "./ssh-command.ts";
import { parseSshHost } from "./tunnel-host.ts";

const FLAGS = {
  knownHostsFile: "/home/me/my hosts 100%",
  sshTimeoutMs: 2500,
  sshUsername: "core",
  strictHostKeyChecking: true,
  tunnel: undefined,
};

/** ssh's own reading of the command, by its option -G: option names in lower case with their values. */
function understood(command: readonly string[]): ReadonlyMap<string, string> {
  const [program = "", ...args] = command;
  const lines = execFileSync(program, ["-F", "none", "-G", ...args], { encoding: "utf8" }).split("\n");
  return new Map(lines.map((line) => [line.split(" ", 1)[0] ?? "", line.slice(line.indexOf(" ") + 1)]));
}

test("ssh asks about unknown keys, and keeps them in fleetctl's own file", () => {
  const options = understood(sshCommand(FLAGS, { host: "10.0.0.1", port: 2222 }));
  assert.equal(options.get("user"), "core");
  assert.equal(options.get("hostname"), "10.0.0.1");
  assert.equal(options.get("port"), "2222");
  assert.equal(options.get("connecttimeout"), "3");
  assert.equal(options.get("stricthostkeychecking"), "ask");
  assert.match(options.get("userknownhostsfile") ?? "", /^"?\/home\/me\/my hosts 100%%?"?$/);
  assert.equal(options.get("hashknownhosts"), "no");
});

test("without strict checking, ssh accepts every key and keeps none", () => {
  const options = understood(sshCommand({ ...FLAGS, strictHostKeyChecking: false }, { host: "h", port: undefined }));
  assert.equal(options.get("stricthostkeychecking"), "false");
  assert.equal(options.get("userknownhostsfile"), "/dev/null");
});

test("a tunnel's host is jumped through, with the same flags", () => {
  const command = sshCommand({ ...FLAGS, tunnel: "[fd00::1]:2022" }, { host: "10.0.0.1", port: 22 });
  const proxy = command.find((word) => word.startsWith("ProxyCommand=")) ?? "";
  assert.match(proxy, /'-W' '\[%h\]:%p' '--' 'fd00::1'$/);
  // The words that ssh hands to the shell, and the shell to the second ssh.
  const line = proxy.slice("ProxyCommand=".length).replaceAll("%%", "%").replace("%h", "10.0.0.1").replace("%p", "22");
  const words = execFileSync("sh", ["-c", line.replace(/^'ssh'/, "printf '%s\\n'")], { encoding: "utf8" }).split("\n");
  const jump = understood(["ssh", ...words.slice(0, -1)]);
  assert.equal(jump.get("port"), "2022");
  assert.match(jump.get("userknownhostsfile") ?? "", /my hosts 100%/);
});

const hosts: readonly [text: string, host: string, port: number | undefined][] = [
  ["core-01", "core-01", undefined],
  ["core-01:2222", "core-01", 2222],
  ["10.0.0.1", "10.0.0.1", undefined],
  ["fd00::1", "fd00::1", undefined],
  ["[fd00::1]", "fd00::1", undefined],
  ["[fd00::1]:22", "fd00::1", 22],
];
for (const [text, host, port] of hosts) {
  test(`${text} is a host`, () => assert.deepEqual(parseSshHost(text, "--tunnel"), { host, port }));
}
for (const text of ["", "a:b", "a:0", "a:65536", "-oProxyCommand=x", "a b", "[fd00::1"]) {
  test(`${JSON.stringify(text)} is no host`, () =>
    assert.throws(() => parseSshHost(text, "--tunnel"), { code: "usage" }));
}
