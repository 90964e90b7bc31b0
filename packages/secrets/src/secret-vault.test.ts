import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_SECRET_BYTES } from "./secret-vault.ts";
import { SecretRefusedError } from "./secret-error.ts";
import { MemorySecretsKey, SecretsLab } from "./secrets.fixture.ts";

const UNIT = "web.service";
const FILE = "[Service]\nExecStart=/bin/true\nLoadCredential=db:/run/fleet/secrets.sock\n";
const VALUE = Buffer.from("correct horse battery staple");

function refusedWith(code: SecretRefusedError["code"], message: RegExp) {
  return (error: unknown): boolean =>
    error instanceof SecretRefusedError && error.code === code && message.test(error.message);
}

test("a machine with a unit that names the secret gets it; the store has the value only encrypted", async () => {
  const lab = new SecretsLab();
  const { version, changed } = await lab.vault.write("db", VALUE, "create");
  assert.deepEqual([version, changed], [1, true]);
  await lab.assign("m1", UNIT, FILE);
  const { number, value } = await lab.vault.readFor("m1", { unit: UNIT, name: "db" });
  assert.deepEqual([number > 0, value], [true, VALUE]);
  const dump = await lab.dump();
  for (const form of [VALUE.toString(), VALUE.toString("base64"), VALUE.toString("hex")])
    assert.ok(!dump.includes(form));
  assert.ok(!dump.includes(lab.key.text?.split(" ")[1]?.trim() ?? "no key"));
});

test("nobody else gets it, and all refusals read the same", async () => {
  const lab = new SecretsLab();
  await lab.vault.write("db", VALUE, "create");
  await lab.assign("m1", UNIT, FILE);
  await lab.assign("m2", "other.service", "[Service]\nExecStart=/bin/true\nLoadCredential=db\n");
  for (const [machineID, unit, name] of [
    ["m2", UNIT, "db"],
    ["m2", "other.service", "db"],
    ["m1", UNIT, "other"],
    ["m1", "none.service", "db"],
    ["m1", "\ud800.service", "db"],
    ["", UNIT, "db"],
  ] as const)
    await assert.rejects(
      lab.vault.readFor(machineID, { unit, name }),
      refusedWith("secret-refused", new RegExp(`^machine ${machineID} has no unit ${unit} that names secret ${name}$`)),
    );
});

test("a unit that leaves its machine takes the right along, by the next read", async () => {
  const lab = new SecretsLab();
  await lab.vault.write("db", VALUE, "create");
  await lab.assign("m1", UNIT, FILE);
  await lab.vault.readFor("m1", { unit: UNIT, name: "db" });
  await lab.store.txn({ onSuccess: [{ delete: `assignment/m1/${UNIT}` }] });
  await assert.rejects(
    lab.vault.readFor("m1", { unit: UNIT, name: "db" }),
    refusedWith("secret-refused", /has no unit/),
  );
});

test("create, replace and delete", async () => {
  const lab = new SecretsLab();
  await assert.rejects(lab.vault.write("db", VALUE, "replace"), refusedWith("secret-not-found", /secret set db$/));
  const first = await lab.vault.write("db", VALUE, "create");
  assert.deepEqual(await lab.vault.write("db", VALUE, "create"), { ...first, changed: false });
  const other = Buffer.from("other");
  await assert.rejects(lab.vault.write("db", other, "create"), refusedWith("secret-exists", /secret rotate db/));
  const second = await lab.vault.write("db", other, "replace");
  assert.deepEqual([second.version, second.changed, second.revision > first.revision], [2, true, true]);
  await lab.vault.delete("db");
  await assert.rejects(lab.vault.delete("db"), refusedWith("secret-not-found", /does not exist/));
  await lab.assign("m1", UNIT, FILE);
  await assert.rejects(
    lab.vault.readFor("m1", { unit: UNIT, name: "db" }),
    refusedWith("secret-not-found", /does not exist/),
  );
});

test("a value has at most 512 KiB", async () => {
  const lab = new SecretsLab();
  await lab.vault.write("db", Buffer.alloc(MOST_SECRET_BYTES), "create");
  const large = Buffer.alloc(MOST_SECRET_BYTES + 1);
  await assert.rejects(
    lab.vault.write("db", large, "replace"),
    refusedWith("secret-too-large", /524289 bytes, but at most/),
  );
});

test("a server without the key neither writes nor reads, and says where the key is", async () => {
  const lab = new SecretsLab();
  await lab.vault.write("db", VALUE, "create");
  await lab.assign("m1", UNIT, FILE);
  const key = new MemorySecretsKey();
  const second = lab.serverWith(key, "m2");
  const copy =
    /server m2 does not have the key [0-9a-f]{16} .* no file \/var.* copy \S+ from machine m1, which made the key/;
  await assert.rejects(second.write("x", VALUE, "create"), refusedWith("secrets-key-wrong", copy));
  assert.equal(key.text, undefined);
  const noFile = /it has no file \S+; copy \S+ from a server that has the key/;
  await assert.rejects(second.readFor("m1", { unit: UNIT, name: "db" }), refusedWith("secrets-key-wrong", noFile));
  key.create();
  const other = /its file \S+ has key [0-9a-f]{16}; copy/;
  await assert.rejects(second.write("db", VALUE, "replace"), refusedWith("secrets-key-wrong", other));
  key.text = lab.key.text;
  assert.deepEqual((await second.readFor("m1", { unit: UNIT, name: "db" })).value, VALUE);
});

test("a key that encrypts no secret any more is replaced, so that a lost key file ends with the lost secrets", async () => {
  const lab = new SecretsLab();
  await lab.vault.write("db", VALUE, "create");
  lab.key.text = undefined;
  await assert.rejects(lab.vault.write("db", VALUE, "replace"), refusedWith("secrets-key-wrong", /has no file/));
  await lab.vault.delete("db");
  await lab.vault.write("db", VALUE, "create");
  await lab.assign("m1", UNIT, FILE);
  assert.deepEqual((await lab.vault.readFor("m1", { unit: UNIT, name: "db" })).value, VALUE);
});

test("of two servers that write the first secret at the same time, one makes the key, and the other is refused", async () => {
  const lab = new SecretsLab();
  const keys = [new MemorySecretsKey(), new MemorySecretsKey()];
  const results = await Promise.allSettled(
    keys.map((key, index) => lab.serverWith(key, `m${index}`).write(`s${index}`, VALUE, "create")),
  );
  assert.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
});

test("each change of any secret has a higher number than all before, also after the key's record was deleted", async () => {
  const lab = new SecretsLab();
  await lab.assign("m1", UNIT, `${FILE}LoadCredential=other:/run/fleet/secrets.sock\n`);
  const numbers: number[] = [];
  const note = async (name: string): Promise<void> => {
    numbers.push((await lab.vault.readFor("m1", { unit: UNIT, name })).number);
  };
  const write = async (name: string, text: string, how: "create" | "replace"): Promise<void> => {
    await lab.vault.write(name, Buffer.from(text), how);
    await note(name);
  };
  await write("db", "1", "create");
  await write("other", "1", "create");
  await write("db", "2", "replace");
  await lab.vault.delete("db");
  await write("db", "1", "create");
  await lab.store.txn({ onSuccess: [{ delete: "identity/secrets" }] });
  await write("other", "2", "replace");
  assert.deepEqual(
    numbers,
    [...new Set(numbers)].toSorted((a, b) => a - b),
  );
  await Promise.all(["a", "b", "c"].map((name) => lab.vault.write(name, VALUE, "create")));
  const { entries } = await lab.store.range({ prefix: "secret/" });
  assert.equal(new Set(entries.map(({ value }) => (JSON.parse(value) as { number: number }).number)).size, 5);
});

test("the ciphertext of another secret, put in a secret's place, is refused", async () => {
  const lab = new SecretsLab();
  await lab.vault.write("db", VALUE, "create");
  await lab.vault.write("other", Buffer.from("other"), "create");
  const [entry] = (await lab.store.range({ prefix: "secret/other", exact: true })).entries;
  await lab.store.txn({ onSuccess: [{ put: "secret/db", value: entry?.value ?? "" }] });
  await lab.assign("m1", UNIT, FILE);
  const changed = refusedWith("secrets-key-wrong", /cannot decrypt secret db: its value in the store was changed/);
  await assert.rejects(lab.vault.readFor("m1", { unit: UNIT, name: "db" }), changed);
});

test("a host that becomes a server gets the key, which is made for it if the cluster has none", async () => {
  const lab = new SecretsLab();
  assert.equal(await lab.vault.keyProblem(), undefined);
  const text = (await lab.vault.keyForServer()) ?? assert.fail("no key");
  assert.equal(lab.key.text, text);
  const key = new MemorySecretsKey();
  key.text = text;
  await lab.serverWith(key, "m2").write("db", VALUE, "create");
  assert.equal(await lab.vault.keyForServer(), text);
  await lab.assign("m1", UNIT, FILE);
  assert.deepEqual((await lab.vault.readFor("m1", { unit: UNIT, name: "db" })).value, VALUE);
});

test("a server without the cluster's key hands none over, makes none, and says what it lacks", async () => {
  const lab = new SecretsLab();
  await lab.vault.write("db", VALUE, "create");
  const [none, other] = [new MemorySecretsKey(), new MemorySecretsKey()];
  other.create();
  for (const [key, why] of [
    [none, /it has no file \S+; copy \S+ from machine m1/],
    [other, /its file \S+ has key [0-9a-f]{16}; copy/],
  ] as const) {
    const server = lab.serverWith(key, "m2");
    assert.equal(await server.keyForServer(), undefined);
    assert.match((await server.keyProblem()) ?? "", why);
  }
  assert.equal(none.text, undefined);
  assert.equal(await lab.vault.keyProblem(), undefined);
});
