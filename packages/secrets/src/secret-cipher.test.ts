import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SecretCipher } from "./secret-cipher.ts";

function newCipher(): SecretCipher {
  const cipher = SecretCipher.fromKeyText(SecretCipher.newKeyText());
  assert.ok(cipher);
  return cipher;
}

const cipher = newCipher();
const DB = { name: "db", version: 3 };

test("a sealed value opens with the same key, name and version, whatever its bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), fc.nat(), (bytes, name, version) => {
      const sealed = cipher.seal({ name, version }, Buffer.from(bytes));
      assert.deepEqual(cipher.open({ name, version }, sealed), Buffer.from(bytes));
    }),
  );
});

test("a sealed value does not open for another name, version or key, or after any change", () => {
  const sealed = cipher.seal(DB, Buffer.from("value"));
  assert.equal(cipher.open({ ...DB, name: "db2" }, sealed), undefined);
  assert.equal(cipher.open({ ...DB, version: 4 }, sealed), undefined);
  assert.equal(newCipher().open(DB, sealed), undefined);
  const bytes = Buffer.from(sealed, "base64");
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(cipher.open(DB, changed.toString("base64")), undefined, `byte ${at}`);
    assert.equal(cipher.open(DB, bytes.subarray(0, at).toString("base64")), undefined, `${at} bytes`);
  }
});

test("equal values give different texts and, under different names, different digests", () => {
  const value = Buffer.from("value");
  assert.notEqual(cipher.seal(DB, value), cipher.seal(DB, value));
  assert.equal(cipher.digest("a", value), cipher.digest("a", value));
  assert.notEqual(cipher.digest("a", value), cipher.digest("b", value));
  assert.notEqual(cipher.digest("a", value), newCipher().digest("a", value));
});

test("a key file keeps its ID, and another text is no key file", () => {
  const text = SecretCipher.newKeyText();
  const id = SecretCipher.fromKeyText(text)?.keyID;
  assert.match(id ?? "", /^[0-9a-f]{16}$/);
  assert.equal(SecretCipher.fromKeyText(text.trim())?.keyID, id);
  assert.notEqual(newCipher().keyID, id);
  for (const other of ["", "fleet-secrets-1", "fleet-secrets-1 c2hvcnQ=", text.replace("1 ", "2 "), `${text} more`])
    assert.equal(SecretCipher.fromKeyText(other), undefined, other);
});
