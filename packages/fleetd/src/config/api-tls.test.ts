import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readApiTls } from "./api-tls.ts";
import { ConfigError } from "./config-error.ts";

const directory = mkdtempSync(join(tmpdir(), "api-tls-"));
after(() => rmSync(directory, { recursive: true }));
const bad = join(directory, "bad.pem");
writeFileSync(bad, "no certificate");

const NONE = { api_certfile: "", api_keyfile: "", api_clientcafile: "" };

test("without files there is nothing", async () => assert.deepEqual(await readApiTls(NONE), {}));

for (const [files, message] of [
  [{ api_certfile: bad }, /api_certfile and api_keyfile must be set together/],
  [{ api_certfile: bad, api_keyfile: bad }, /cannot use api_certfile and api_keyfile .* for TLS/],
  [{ api_clientcafile: bad }, /cannot use api_clientcafile .* for TLS/],
  [{ api_clientcafile: "/nowhere/ca.pem" }, /cannot read api_clientcafile="\/nowhere\/ca\.pem"/],
] as const)
  test(`unusable files are refused: ${JSON.stringify(Object.keys(files))}, ${message.source}`, async () => {
    await assert.rejects(readApiTls({ ...NONE, ...files }), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, message);
      return true;
    });
  });
