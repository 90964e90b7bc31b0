import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type OwnEnvironment, testCluster } from "../cluster.fixture.ts";

const USES = "[Service]\nExecStart=/bin/true\nLoadCredential=db:/run/fleet/secrets.sock\n";
const VALUE = "correct horse";

function piping(text: string, isTerminal = false): Required<Pick<OwnEnvironment, "stdin">> {
  return {
    stdin: {
      isTerminal,
      async *[Symbol.asyncIterator]() {
        yield Buffer.from(text);
      },
    },
  };
}

test("a secret is set from standard input or a file, listed without its value, rotated and deleted", async (t) => {
  const cluster = await testCluster(t);
  const set = await cluster.fleetctlWith(piping(VALUE), "secret", "set", "db");
  assert.deepEqual([set.stdout, set.code], ["Secret db has version 1, named by 0 units\n", 0]);
  const again = await cluster.fleetctlWith(piping(VALUE), "secret", "set", "db", "-");
  assert.equal(again.stdout, "Secret db already has this value (version 1)\n");
  assert.equal((await cluster.fleetctlWith(piping("other"), "secret", "set", "db")).code, 1);
  await writeFile(join(cluster.directory, "new"), "other");
  const rotated = await cluster.fleetctl("secret", "rotate", "db", "new");
  assert.equal(rotated.stdout, "Secret db has version 2, named by 0 units\n");
  const listed = await cluster.fleetctl("secret", "list", "--fields", "secret,version,size,units", "--no-legend");
  assert.match(listed.stdout, /^db\s+2\s+5\s+-\n$/);
  for (const { stdout } of [listed, await cluster.fleetctl("secret", "list", "--output", "json")])
    assert.doesNotMatch(stdout, /other|b3RoZXI/);
  assert.equal((await cluster.fleetctl("secret", "delete", "db")).stdout, "Deleted secret db\n");
  assert.match((await cluster.fleetctl("secret", "delete", "db")).stderr, /secret db does not exist/);
  assert.match((await cluster.fleetctlWith(piping("x"), "secret", "rotate", "db")).stderr, /secret db does not exist/);
});

test("a secret that a unit names is deleted only by force, and is then listed as missing", async (t) => {
  const cluster = await testCluster(t);
  await cluster.fleetctlWith(piping(VALUE), "secret", "set", "db");
  await writeFile(join(cluster.directory, "uses.service"), USES);
  await cluster.fleetctl("submit", "uses.service");
  const refused = await cluster.fleetctl("secret", "delete", "db");
  assert.match(refused.stderr, /cannot delete secret db: it is named by uses\.service; .* add --force/);
  assert.equal((await cluster.fleetctl("secret", "delete", "db", "--force")).code, 0);
  const { stdout } = await cluster.fleetctl("secret", "list", "--fields", "secret,version,units", "--no-legend");
  assert.match(stdout, /^db\s+missing\s+uses\.service\n$/);
});

const REFUSED: readonly (readonly [name: string, input: OwnEnvironment, message: RegExp])[] = [
  ["a:b", piping(VALUE), /"a:b" is no name of a secret/],
  ["db", piping(VALUE, true), /standard input is a terminal, which would show the value/],
  ["db", piping(""), /the value in standard input is empty/],
  ["db", piping("x".repeat(512 * 1024 + 1)), /has more than 512 KiB/],
];

for (const [name, input, message] of REFUSED)
  test(`secret set refuses ${message.source}, and never repeats the value`, async (t) => {
    const cluster = await testCluster(t);
    const { stderr, code } = await cluster.fleetctlWith(input, "secret", "set", name);
    assert.notEqual(code, 0);
    assert.match(stderr, message);
    assert.ok(!stderr.includes(VALUE));
  });
