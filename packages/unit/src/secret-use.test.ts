import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUnitFile } from "./parse.ts";
import { RequirementsError } from "./requirements-error.ts";
import { isSecretName, type SecretUse, secretUseOf } from "./secret-use.ts";

const SOCKET = "/run/fleet/secrets.sock";

function read(text: string, name = "web@1-2.service"): SecretUse {
  return secretUseOf(name, parseUnitFile(text).options);
}

const NAMED: readonly (readonly [lines: string, names: readonly string[]])[] = [
  ["", []],
  [`LoadCredential=db:${SOCKET}`, ["db"]],
  ["LoadCredential=db:%t/fleet/secrets.sock", ["db"]],
  [`LoadCredential=a:${SOCKET}\nLoadCredential=b:${SOCKET}`, ["a", "b"]],
  [`LoadCredential=tls-%i:${SOCKET}\nLoadCredential=%p_%n:${SOCKET}`, ["tls-1-2", "web_web@1-2.service"]],
  [`LoadCredential=a%%b:${SOCKET}`, ["a%b"]],
  // The host's own credentials.
  ["LoadCredential=db", []],
  ["LoadCredential=db:other", []],
  ["LoadCredential=db:/etc/credstore/db", []],
  [`LoadCredentialEncrypted=db:${SOCKET}`, []],
  [`SetCredential=db:${SOCKET}`, []],
  // As in systemd, the last assignment of an ID counts, and an empty one resets the list.
  [`LoadCredential=db:${SOCKET}\nLoadCredential=db:/etc/db`, []],
  [`LoadCredential=a:${SOCKET}\nLoadCredential=\nLoadCredential=b:${SOCKET}`, ["b"]],
];

for (const [lines, names] of NAMED)
  test(`secretUseOf reads ${JSON.stringify(lines)}`, () => {
    assert.deepEqual(read(`[Service]\n${lines}`), { names, onChange: "restart" });
  });

test("secretUseOf reads every section with credentials, and no other", () => {
  for (const section of ["Service", "Socket", "Mount", "Swap"])
    assert.deepEqual(read(`[${section}]\nLoadCredential=db:${SOCKET}`).names, ["db"]);
  assert.deepEqual(read(`[Unit]\nLoadCredential=db:${SOCKET}`).names, []);
});

test("OnSecretChange= is restart, reload or ignore; the last one counts", () => {
  assert.equal(read("[X-Fleet]\nOnSecretChange=reload").onChange, "reload");
  assert.equal(read("[X-Fleet]\nOnSecretChange=reload\nOnSecretChange=ignore").onChange, "ignore");
  assert.equal(read("[X-Fleet]\nOnSecretChange=").onChange, "restart");
  assert.throws(() => read("[X-Fleet]\nOnSecretChange=stop"), /OnSecretChange=stop in \[X-Fleet\] is unknown; write/);
});

const REFUSED: readonly (readonly [id: string, message: RegExp])[] = [
  ["db%m", /specifier that depends on the machine/],
  ["db%", /specifier that depends on the machine/],
  ["a b", /is no name of a secret/],
  ["a/b", /is no name of a secret/],
  ["%p-%I", /is no name of a secret/],
  ["..", /is no name of a secret/],
  ["ä", /is no name of a secret/],
  ["x".repeat(81), /is no name of a secret/],
  ["x".repeat(70), /has, with the name of web@1-2\.service, 85 bytes: systemd can ask for at most 84/],
];

for (const [id, message] of REFUSED)
  test(`secretUseOf refuses the ID ${JSON.stringify(id)}`, () => {
    assert.throws(
      () => read(`[Service]\nLoadCredential=${id}:${SOCKET}`),
      (error) => error instanceof RequirementsError && message.test(error.message),
    );
  });

test("a unit may name at most 64 secrets", () => {
  const naming = (count: number): string =>
    Array.from({ length: count }, (_, index) => `LoadCredential=s${index}:${SOCKET}`).join("\n");
  assert.equal(read(`[Service]\n${naming(64)}`).names.length, 64);
  assert.throws(() => read(`[Service]\n${naming(65)}`), /names 65 secrets: at most 64/);
});

test("isSecretName follows systemd's rule for credentials, without blanks", () => {
  for (const name of ["a", "db-password", "tls.key", "a@b\\x2dc", "%", "x".repeat(80)])
    assert.ok(isSecretName(name), name);
  for (const name of ["", ".", "..", "a:b", "a/b", "a b", "ä", "a\n", "x".repeat(81)])
    assert.ok(!isSecretName(name), name);
});
