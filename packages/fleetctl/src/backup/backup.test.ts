import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { lstat, open, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { promisify } from "node:util";
import { FILE, OTHER_MACHINE, testCluster } from "../cluster.fixture.ts";

test("a backup restored into an empty cluster brings the same units up", async (t) => {
  const old = await testCluster(t);
  await old.file("hello.service", `# Kept.\n${FILE}`);
  await old.file("web@.service");
  await old.fleetctl("start", "hello.service", "web@1.service");
  await old.fleetctl("submit", "web@.service");
  await old.fleetctl("metadata", "set", OTHER_MACHINE, "disk=ssd");
  const made = await old.fleetctl("backup", "all.json");
  assert.match(made.stdout, /^Wrote 3 units and the settings of 1 machine to all.json$/m);
  const path = join(old.directory, "all.json");
  assert.equal((await stat(path)).mode & 0o777, 0o600);

  const fresh = await testCluster(t);
  await writeFile(join(fresh.directory, "all.json"), await readFile(path));
  const restored = await fresh.fleetctl("restore", "all.json");
  assert.deepEqual([restored.code, restored.stderr], [0, ""]);
  assert.equal((await fresh.fleetctl("cat", "hello.service")).stdout, `# Kept.\n${FILE}`);
  await fresh.fleetctl("backup", "again.json");
  assert.deepEqual(await readFile(join(fresh.directory, "again.json")), await readFile(path));
  assert.equal((await fresh.fleetctl("restore", "all.json")).code, 0);
});

test("a backup does not replace a device, a pipe or a link", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("hello.service");
  await cluster.fleetctl("submit", "hello.service");
  const at = (name: string): string => join(cluster.directory, name);

  // A device that is readable and writable at once does not block its writer.
  execFileSync("mkfifo", [at("pipe")]);
  await using pipe = await open(at("pipe"), "r+");
  const piped = await cluster.fleetctl("backup", "pipe");
  assert.deepEqual([piped.code, piped.stdout], [0, ""], "what is read from it is the backup alone");
  assert.match(piped.stderr, /^Wrote 1 unit /);
  const { buffer, bytesRead } = await pipe.read();
  assert.match(buffer.toString("utf8", 0, bytesRead), /^\{[^]*"hello\.service"[^]*\}\n$/);
  assert.ok((await stat(at("pipe"))).isFIFO());

  await cluster.file("monday.json", "old");
  await symlink("monday.json", at("latest.json"));
  assert.equal((await cluster.fleetctl("backup", "latest.json")).code, 0);
  assert.ok((await lstat(at("latest.json"))).isSymbolicLink());
  assert.equal((await cluster.fleetctl("restore", "monday.json")).code, 0);
  assert.equal((await stat(at("monday.json"))).mode & 0o777, 0o600);
});

test("- is standard output and input", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("hello.service");
  await cluster.fleetctl("submit", "hello.service");
  const { code, stdout, stderr } = await cluster.fleetctl("backup", "-");
  assert.equal(code, 0);
  assert.match(stderr, /^Wrote 1 unit .* to standard output$/m);
  await cluster.fleetctl("destroy", "hello.service");
  const stdin = Object.assign(Readable.from([Buffer.from(stdout)]), { isTerminal: false });
  assert.equal((await cluster.fleetctlWith({ stdin }, "restore", "-")).code, 0);
  assert.equal((await cluster.fleetctl("cat", "hello.service")).stdout, FILE);
});

test("a restore overwrites nothing without --replace", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("hello.service");
  await cluster.fleetctl("start", "hello.service");
  await cluster.fleetctl("backup", "all.json");
  await cluster.file("hello.service", `${FILE}ExecStop=/bin/true\n`);
  await cluster.fleetctl("start", "--replace", "hello.service");
  const refused = await cluster.fleetctl("restore", "all.json");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^nothing was restored.*\n {2}unit hello.service: another file$/m);
  assert.equal((await cluster.fleetctl("restore", "--replace", "all.json")).code, 0);
  assert.equal((await cluster.fleetctl("cat", "hello.service")).stdout, FILE);
});

test("an invalid backup, or one of a later version, is refused before any request", async (t) => {
  const cluster = await testCluster(t);
  for (const [text, said] of [
    ["{", /not a backup/],
    ["[]", /not a backup/],
    [`{"version":1,"units":[{"name":5}],"machines":[],"unreadable":[]}`, /not a backup/],
    [`{"version":2}`, /of version 2/],
  ] as const) {
    await cluster.file("all.json", text);
    const { code, stderr } = await cluster.fleetctl("restore", "all.json");
    assert.equal(code, 2);
    assert.match(stderr, said);
  }
  assert.equal((await cluster.fleetctl("restore", "missing.json")).code, 2);
});

test("a refused unit is reported, and the others are restored", async (t) => {
  const cluster = await testCluster(t);
  const units = [
    { name: "bad.service", desiredState: "launched", file: "[X-Fleet]\nGlobal=perhaps\n" },
    { name: "good.service", desiredState: "launched", file: FILE },
  ];
  await cluster.file("all.json", JSON.stringify({ version: 1, units, machines: [], unreadable: [] }));
  const { code, stdout, stderr } = await cluster.fleetctl("restore", "all.json");
  assert.equal(code, 1);
  assert.match(stdout, /^Restored 1 of 2 units/m);
  assert.match(stderr, /^cannot restore unit bad.service: .*Global=perhaps/m);
});

test("a backup without an unreadable unit says so", async (t) => {
  const cluster = await testCluster(t);
  await cluster.put("unit/broken.service", { digest: "none", hash: "h", desired: "launched" });
  const { code, stderr } = await cluster.fleetctl("backup", "all.json");
  assert.equal(code, 1);
  assert.match(stderr, /unit broken.service is unreadable and not in the backup/);
});

test("a backup that standard output does not accept is not reported as written", async (t) => {
  const cluster = await testCluster(t);
  const main = join(import.meta.dirname, "../main.ts");
  const command = '"$0" "$1" --endpoint "$2" backup - > "$3"';
  const backup = (path: string) =>
    promisify(execFile)("sh", ["-c", command, process.execPath, main, cluster.endpoint, path]);
  await assert.rejects(backup("/dev/full"), ({ code, stderr }: { code: unknown; stderr: unknown }) => {
    assert.match(String(stderr), /^cannot write to standard output: .*ENOSPC.*\n$/);
    return code === 1;
  });
  const path = join(cluster.directory, "taken");
  assert.match((await backup(path)).stderr, /^Wrote 0 units and the settings of 0 machines to standard output\n$/);
  assert.equal((JSON.parse(await readFile(path, "utf8")) as { version: number }).version, 1);
});
