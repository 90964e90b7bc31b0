import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { formatToken, parseToken } from "@flotilla/access";
import { createClusterIdentity, succeedAuthority } from "../certificates/certificates.ts";
import { bundleOf, isIssuedBy } from "../certificates/trust.ts";
import { joinCluster } from "./join-client.ts";
import { type JoiningCluster, joiningCluster, NOW } from "./joining.fixture.ts";
import { pinOf } from "./key-hash.ts";

const signal = AbortSignal.timeout(60_000);
const former = await createClusterIdentity(NOW);
const rotating = await succeedAuthority(former, NOW);
const { previous = assert.fail() } = rotating;
const ended = { ...rotating, previous: { ...previous, droppedAt: NOW } };
const forced = { ...rotating, previous: { certificate: previous.certificate, replacedAt: NOW, droppedAt: NOW } };

/** The cluster's token as it was made under another authority. */
function tokenOf(cluster: JoiningCluster, authority: typeof former) {
  const { id = "", secret = "" } = parseToken(cluster.token) ?? {};
  const pin = pinOf(authority.certificate);
  return { text: formatToken({ pin, id, secret }), pin };
}

for (const [what, authority] of [
  ["during a rotation", rotating],
  ["after a rotation", ended],
] as const)
  for (const [which, pinned] of [
    ["the former", former],
    ["the new", rotating],
  ] as const)
    test(`${what}, a token that pins ${which} authority admits a host, which gets a certificate of the new one`, async (t) => {
      const cluster = await joiningCluster(t, { authority });
      await cluster.addToken();
      const { identity } = await joinCluster(cluster.host({ token: tokenOf(cluster, pinned) }), signal);
      assert.ok(isIssuedBy(identity.cert, rotating.certificate));
      assert.equal(identity.ca, bundleOf(authority));
      assert.equal(identity.cert.match(/BEGIN/g)?.length, 2, "the word of the former authority comes with it");
    });

test("after a forced rotation, a token that pins the former authority is refused with the reason, on both sides", async (t) => {
  const cluster = await joiningCluster(t, { authority: forced });
  await cluster.addToken();
  const token = tokenOf(cluster, former);
  const reason =
    /the token pins the cluster's authority before the rotation of 2\d{3}-.*Z; create a new one with fleetctl token create/;
  await assert.rejects(joinCluster(cluster.host({ token }), signal), reason);
  assert.equal(cluster.signed(), 0);
  const host = cluster.host({ token: { text: token.text, pin: pinOf(rotating.certificate) } });
  await assert.rejects(joinCluster(host, signal), reason);
  assert.ok(await joinCluster(cluster.host({ token: tokenOf(cluster, rotating) }), signal));
});

test("an authority that is no part of the rotation is another cluster's", async (t) => {
  const cluster = await joiningCluster(t, { authority: ended });
  const token = tokenOf(cluster, await createClusterIdentity(NOW));
  await assert.rejects(joinCluster(cluster.host({ token }), signal), /is not of the cluster that made the token/);
  const [first] = (await cluster.service.authority(signal)).split(/(?<=-----END CERTIFICATE-----\n)/);
  assert.equal(
    new X509Certificate(first ?? "").fingerprint256,
    new X509Certificate(rotating.certificate).fingerprint256,
  );
});
