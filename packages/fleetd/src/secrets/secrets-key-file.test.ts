import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SecretsKeyFile } from "./secrets-key-file.ts";

const directory = mkdtempSync(join(tmpdir(), "fleet-secrets-key-"));
after(() => rmSync(directory, { recursive: true }));

test("a key file is made once, for root only, and read again for each use", () => {
  const path = join(directory, "made.key");
  const file = new SecretsKeyFile(path);
  assert.equal(file.load(), undefined);
  const { keyID } = file.create();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(file.load()?.keyID, keyID);
  assert.throws(() => file.create(), /EEXIST/);
  const other = new SecretsKeyFile(join(directory, "other.key"));
  other.create();
  writeFileSync(path, readFileSync(other.path));
  assert.equal(file.load()?.keyID, other.load()?.keyID);
});

test("a file that others may read, or without a key, is refused with the fix", () => {
  const file = new SecretsKeyFile(join(directory, "bad.key"));
  file.create();
  chmodSync(file.path, 0o640);
  assert.throws(() => file.load(), /others may use the file \(mode 640\); run chmod 600 \S+bad\.key/);
  chmodSync(file.path, 0o600);
  writeFileSync(file.path, "nothing");
  assert.throws(() => file.load(), /the file has no key; copy the file from another server/);
});
