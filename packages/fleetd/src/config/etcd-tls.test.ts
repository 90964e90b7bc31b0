import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ConfigError } from "./config-error.ts";
import { readEtcdTls } from "./etcd-tls.ts";

const directory = mkdtempSync(join(tmpdir(), "etcd-tls-"));
after(() => rmSync(directory, { recursive: true }));

const [cert, key, otherKey, text] = ["cert.pem", "key.pem", "other.pem", "text.pem"].map((name) =>
  join(directory, name),
);
const none = { etcd_cafile: "", etcd_certfile: "", etcd_keyfile: "" };

before(() => {
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  for (const [keyout = "", out = ""] of [
    [key, cert],
    [otherKey, join(directory, "unused.pem")],
  ]) {
    execFileSync("openssl", ["req", "-x509", ...curve, "-subj", "/CN=x", "-keyout", keyout, "-out", out], {
      stdio: "pipe",
    });
  }
  writeFileSync(text ?? "", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
});

test("no files, a certificate authority alone, and all three files", async () => {
  assert.deepEqual(await readEtcdTls(none), {});
  assert.deepEqual(Object.keys(await readEtcdTls({ ...none, etcd_cafile: cert ?? "" })), ["ca"]);
  const all = { etcd_cafile: cert ?? "", etcd_certfile: cert ?? "", etcd_keyfile: key ?? "" };
  assert.deepEqual(Object.keys(await readEtcdTls(all)), ["ca", "cert", "key"]);
});

const bad: readonly (readonly [what: string, files: () => Partial<typeof none>, message: RegExp])[] = [
  ["a missing file", () => ({ etcd_cafile: "/absent.pem" }), /cannot read etcd_cafile="\/absent\.pem": ENOENT/],
  ["a directory", () => ({ etcd_cafile: directory }), /cannot read etcd_cafile=.*: EISDIR/],
  ["a certificate without its key", () => ({ etcd_certfile: cert ?? "" }), /must be set together/],
  ["a file without a certificate", () => ({ etcd_cafile: text ?? "" }), /cannot use etcd_cafile .* for TLS/],
  [
    "another certificate's key",
    () => ({ etcd_certfile: cert ?? "", etcd_keyfile: otherKey ?? "" }),
    /cannot use etcd_certfile and etcd_keyfile .* for TLS: .*mismatch/,
  ],
];

for (const [what, files, message] of bad) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(readEtcdTls({ ...none, ...files() }), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, message);
      return true;
    });
  });
}
