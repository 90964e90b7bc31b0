import assert from "node:assert/strict";
import { test } from "node:test";
import { parseToken } from "@flotilla/access";
import { testCluster } from "../cluster.fixture.ts";

const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUNIkM3yGWpdhBA7CEBI6UFuV0jd4wCgYIKoZIzj0EAwIw
IjEgMB4GA1UEAwwXZmxvdGlsbGEgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTMwMDky
NDI0WhgPMjEyNjExMDYwOTI0MjRaMCIxIDAeBgNVBAMMF2Zsb3RpbGxhIHRlc3Qg
YXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEXUnUbb5f9hk2OxwP
AXFPgHj0UVMLVMRxeWF523r9WZDWo7CNrW2Bwh2asttqZJ1mEQ9XoNflswwkhwMe
mhLGsqNTMFEwHQYDVR0OBBYEFAQIY8zDHoTK8wVe+gU+Q44hjRqnMB8GA1UdIwQY
MBaAFAQIY8zDHoTK8wVe+gU+Q44hjRqnMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDRwAwRAIgEuoHHksS8v3EP624L6kqZJDYt8lj7+x9j/qvayaZFskCIEiE
42y2r0OvFIIYbUgbMYSol6A7lp3VMNV52GgZrVFO
-----END CERTIFICATE-----
`;

async function cluster(t: Parameters<typeof testCluster>[0]) {
  const made = await testCluster(t);
  await made.put("identity/ca", { certificate: AUTHORITY, privateKey: "" });
  return made;
}

test("a token is created, listed without its secret, and revoked", async (t) => {
  const made = await cluster(t);
  const scope = [
    "--role",
    "deployer",
    "--units",
    "web*,api*",
    "--admit",
    "unprivileged",
    "--machine-metadata",
    "zone=a",
  ];
  const created = await made.fleetctl("token", "create", "ci", ...scope, "--ttl", "90d");
  assert.equal(created.code, 0, created.stderr);
  assert.ok(parseToken(created.stdout.trim()), created.stdout);
  const listed = await made.fleetctl("token", "list");
  assert.match(
    listed.stdout,
    /^NAME\tID\t+MAY\t+EXPIRES\t+LAST USED\nci\t[a-z0-9]{10}\tdeployer web\*,api\* zone=a unprivileged\t\d{4}-.*Z\t-\n$/,
  );
  assert.equal((await made.fleetctl("token", "revoke", "ci")).stdout, "Token ci is revoked\n");
  assert.match((await made.fleetctl("token", "revoke", "ci")).stderr, /no token has the ID or name ci/);
});

test("a join token is created with --join", async (t) => {
  const made = await cluster(t);
  const created = await made.fleetctl("token", "create", "--join", "--uses", "3", "--output", "json");
  assert.match(created.stdout, /"kind": "join"/);
  await made.fleetctl("token", "create", "--join", "--server", "--metadata", "zone=a", "third");
  const { stdout } = await made.fleetctl("token", "list");
  assert.match(stdout, /\tjoin \(3 left\)\t/);
  assert.match(stdout, /\tjoin as server zone=a \(1 left\)\t/);
});

for (const [args, message] of [
  [["create", "--role", "viewer"], /the token has no name/],
  [["create", "ci"], /the token has no role/],
  [["create", "ci", "--role", "god"], /Allowed choices are viewer, operator, deployer, admin/],
  [["create", "ci", "--role", "viewer", "--uses", "2"], /cannot use --uses without --join/],
  [["create", "ci", "--role", "viewer", "--ttl", "soon"], /cannot use --ttl=soon/],
  [["create", "ci", "--role", "deployer"], /needs the patterns of its units/],
] as const)
  test(`refused: token ${args.join(" ")}`, async (t) => {
    const made = await cluster(t);
    const { code, stderr } = await made.fleetctl("token", ...args);
    assert.notEqual(code, 0);
    assert.match(stderr, message);
  });

test("auth tells who asks, and what is allowed", async (t) => {
  const made = await cluster(t);
  assert.deepEqual([(await made.fleetctl("auth", "whoami")).stdout], ["local\n"]);
  assert.equal((await made.fleetctl("auth", "can-i", "start", "web.service")).stdout, "yes\n");
  const unknown = await made.fleetctl("auth", "can-i", "fly");
  assert.deepEqual([unknown.code, unknown.stderr.startsWith("unknown verb fly; use one of read, status,")], [2, true]);
});
