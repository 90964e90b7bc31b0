import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { formatToken } from "@flotilla/access";
import { openClient } from "./client.ts";
import type { ClientToken } from "./transport.ts";

const directory = mkdtempSync(join(tmpdir(), "pin-"));
after(() => rmSync(directory, { recursive: true }));
const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
const file = (name: string): Buffer => readFileSync(join(directory, name));
const openssl = (...args: string[]): void => void execFileSync("openssl", args, { cwd: directory, stdio: "ignore" });

/** Makes an authority, and a certificate of it with the name. */
function authority(name: string, subjectAltName: string): void {
  openssl("req", "-x509", ...EC, "-keyout", `${name}-ca.key`, "-out", `${name}-ca.pem`, "-subj", `/CN=${name}`);
  openssl("req", ...EC, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", "/CN=x");
  writeFileSync(join(directory, "san"), `subjectAltName=DNS:${subjectAltName}`);
  const ca = ["-CA", `${name}-ca.pem`, "-CAkey", `${name}-ca.key`, "-CAcreateserial"];
  openssl("x509", "-req", "-in", `${name}.csr`, ...ca, "-extfile", "san", "-out", `${name}.pem`);
}

before(() => {
  authority("ours", "server.flotilla");
  authority("theirs", "server.flotilla");
  authority("agent", "m1.flotilla");
});

function tokenOf(name: string): ClientToken {
  const pin = createHash("sha256")
    .update(new X509Certificate(file(`${name}-ca.pem`)).raw)
    .digest("hex");
  return { pin, text: formatToken({ pin, id: "abcdefgh01", secret: "s".repeat(43) }) };
}

/** A server of one cluster that says that it has the authority of another. Notes what it is sent. */
async function server(t: TestContext, name: string, says: string, previous?: string) {
  const seen: (string | undefined)[] = [];
  const made: Server = createServer({ cert: file(`${name}.pem`), key: file(`${name}.key`) }, (request, response) => {
    seen.push(request.headers.authorization);
    const isAuthority = request.url === "/fleet/v2/authority";
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify(
        isAuthority
          ? {
              certificate: file(`${says}-ca.pem`).toString(),
              ...(previous !== undefined && { previous: file(`${previous}-ca.pem`).toString() }),
            }
          : { version: "1", machineID: "m" },
      ),
    );
  });
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    made.closeAllConnections();
    made.close();
  });
  return { endpoint: `https://127.0.0.1:${(made.address() as AddressInfo).port}`, seen };
}

function version(endpoint: string, token: ClientToken) {
  const client = openClient({ endpoints: [endpoint], token, requestTimeoutMs: 5_000 });
  return client.getVersion().finally(() => client.close());
}

test("the token is sent once the authority has its pin, to any address of a server", async (t) => {
  const { endpoint, seen } = await server(t, "ours", "ours");
  assert.equal((await version(endpoint, tokenOf("ours"))).version, "1");
  assert.deepEqual(seen, [undefined, `Bearer ${tokenOf("ours").text}`]);
});

for (const [what, name, says] of [
  ["of another cluster", "theirs", "theirs"],
  ["of another cluster that shows our authority", "theirs", "ours"],
] as const)
  test(`a server ${what} gets no token`, async (t) => {
    const { endpoint, seen } = await server(t, name, says);
    await assert.rejects(version(endpoint, tokenOf("ours")), { code: "no-endpoint" });
    assert.deepEqual(seen, [undefined]);
  });

test("a machine of the cluster that is no server gets no token", async (t) => {
  const { endpoint, seen } = await server(t, "agent", "agent");
  await assert.rejects(version(endpoint, tokenOf("agent")), { code: "no-endpoint" });
  assert.deepEqual(seen, [undefined]);
});

test("a token is never sent in clear", () => {
  assert.throws(() => openClient({ endpoints: ["http://127.0.0.1:1"], token: tokenOf("ours"), requestTimeoutMs: 1 }), {
    code: "bad-endpoint",
    message: /not encrypted; use https/,
  });
});

test("a token that pins the former authority is sent if that authority vouches for the server, whatever it is told", async (t) => {
  const { endpoint, seen } = await server(t, "ours", "theirs", "ours");
  assert.equal((await version(endpoint, tokenOf("ours"))).version, "1");
  assert.deepEqual(seen, [undefined, `Bearer ${tokenOf("ours").text}`]);
  const stranger = await server(t, "theirs", "theirs", "ours");
  await assert.rejects(version(stranger.endpoint, tokenOf("ours")), { code: "no-endpoint" });
  assert.deepEqual(stranger.seen, [undefined]);
});

test("a token of an authority that nobody vouches for says what may have happened", async (t) => {
  const { endpoint } = await server(t, "theirs", "theirs");
  await assert.rejects(version(endpoint, tokenOf("ours")), /or its authority was rotated.*create a new token/);
});
