import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { MemoryLinkServer, openMemoryLink } from "@flotilla/link/memory";
import type { AuthorityRecord } from "@flotilla/registry";
import { ManualClock } from "@flotilla/runtime";
import { bundleOf, isIssuedBy } from "../certificates/trust.ts";
import { pinOf } from "../join/key-hash.ts";
import {
  createClusterIdentity,
  issueMachineIdentity,
  signRequest,
  succeedAuthority,
} from "../certificates/certificates.ts";
import type { MachineIdentity } from "../certificates/identity.ts";
import { renewOverLink } from "./agent-renewal.ts";
import { type CurrentAgent, type RenewalHandlerOptions, renewalHandler } from "./renewal-handler.ts";
import { CERTIFICATE_PATH, MEMBERSHIP_BASE } from "./renewal-messages.ts";

const MACHINE = "a".repeat(32);
const NOW = Date.UTC(2030, 0, 1);
const DAY_MS = 24 * 3_600_000;
const signal = AbortSignal.timeout(60_000);

async function lab(sign: RenewalHandlerOptions["certificates"]["sign"] = signRequest) {
  const clock = new ManualClock(NOW);
  let authority: AuthorityRecord = await createClusterIdentity(NOW);
  const shown: CurrentAgent[] = [];
  const generations = new Map([[MACHINE, "g7"]]);
  const handler = renewalHandler({
    authority: async () => authority,
    known: () => authority,
    onCurrent: async (agent) => void shown.push(agent),
    memberships: { generationOf: (machineID) => generations.get(machineID) },
    certificates: { sign },
    clock,
  });
  const server = new MemoryLinkServer({ name: "s", clock, routes: new Map([[MEMBERSHIP_BASE, handler]]) });
  const linkOf = (machineID: string) => openMemoryLink({ machineID, servers: [server], clock });
  const link = linkOf(MACHINE);
  const machine = { machineID: MACHINE, role: "agent", generation: "g7", names: [] } as const;
  const identity = await issueMachineIdentity(authority, machine, NOW);
  const ask = async (body: string, from = link) => {
    const answer = await from.request(CERTIFICATE_PATH, body, { limitMs: 1_000 });
    return { status: answer.status, text: answer.body };
  };
  const rotate = async (): Promise<AuthorityRecord> => (authority = await succeedAuthority(authority, NOW));
  const set = (record: AuthorityRecord): void => void (authority = record);
  return { clock, generations, link, linkOf, identity, ask, shown, rotate, set };
}

test("a certificate is renewed with a new key once it is due by the server's clock", async () => {
  const { clock, link, identity } = await lab();
  const renew = (): Promise<MachineIdentity | undefined> => renewOverLink(link, MACHINE, identity, signal);
  assert.equal(await renew(), undefined);
  await clock.advance(20 * DAY_MS);
  const renewed = (await renew()) ?? assert.fail("not renewed");
  const certificate = new X509Certificate(renewed.cert);
  assert.equal(certificate.subject, `CN=${MACHINE}\nO=flotilla:agent\nserialNumber=g7`);
  assert.ok(certificate.checkPrivateKey(createPrivateKey(renewed.key)));
  assert.notEqual(renewed.key, identity.key);
  assert.equal(certificate.validToDate.getTime(), NOW + 50 * DAY_MS);
});

test("a machine that is no member gets no certificate", async () => {
  const { clock, generations, link, identity } = await lab();
  await clock.advance(20 * DAY_MS);
  generations.clear();
  await assert.rejects(renewOverLink(link, MACHINE, identity, signal), {
    code: "certificate-not-renewed",
    message: /refuses to renew.*not a member/,
  });
});

test("garbage is refused with a reason", async () => {
  const { ask } = await lab();
  for (const [body, reason] of [
    ["x", /not JSON with certificate or request/],
    ["{}", /not JSON with certificate or request/],
    ['{"certificate":"x"}', /not X.509/],
    ['{"request":"x"}', /not PKCS#10/],
  ] as const) {
    const { status, text } = await ask(body);
    assert.equal(status, 400);
    assert.match(text, reason);
  }
});

test("a server makes few certificates at one time, and one of each machine", async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<{ refused: string }>();
  const { ask, generations, linkOf } = await lab(() => held);
  const others = ["b", "c"].map((letter) => letter.repeat(32));
  for (const machine of others) generations.set(machine, "g1");
  const request = '{"request":"x"}';
  const [second, third] = others.map(linkOf);
  const first = ask(request);
  assert.equal((await ask(request)).status, 503);
  const both = [first, ask(request, second)];
  assert.equal((await ask(request, third)).status, 503);
  release({ refused: "enough" });
  assert.deepEqual(
    (await Promise.all(both)).map(({ status }) => status),
    [400, 400],
  );
  assert.equal((await ask('{"request":"x"}')).status, 400);
});

test("after a rotation an agent gets a certificate of the new authority, then shows it, then forgets the former one", async () => {
  const { link, identity, shown, rotate, set } = await lab();
  const renew = (current: MachineIdentity, isSaved = true) => renewOverLink(link, MACHINE, current, signal, isSaved);
  const cluster = await rotate();
  const renewed = (await renew(identity)) ?? assert.fail("not renewed");
  assert.ok(isIssuedBy(renewed.cert, cluster.certificate));
  assert.equal(renewed.ca, bundleOf(cluster));
  assert.equal(shown.length, 0);
  assert.equal(await renew(renewed, false), undefined);
  assert.equal(await renew(renewed), undefined);
  const issuer = pinOf(cluster.certificate);
  const agent = { machineID: MACHINE, generation: "g7", issuer, isWhole: true };
  assert.deepEqual(shown, [
    { ...agent, isSaved: false },
    { ...agent, isSaved: true },
  ]);
  const { previous = assert.fail() } = cluster;
  set({ ...cluster, previous: { ...previous, droppedAt: NOW } });
  const forgotten = (await renew(renewed)) ?? assert.fail("nothing to forget");
  assert.deepEqual([forgotten.key, forgotten.cert], [renewed.key, renewed.cert]);
  assert.equal(pinOf(forgotten.ca), issuer);
  assert.equal(forgotten.ca.match(/BEGIN/g)?.length, 1);
  assert.equal(await renew(forgotten), undefined);
});

test("an agent of an earlier version gets a certificate of the new authority, too", async () => {
  const { ask, identity, rotate, shown } = await lab();
  const asked = JSON.stringify({ certificate: identity.cert });
  assert.deepEqual(JSON.parse((await ask(asked)).text), { renew: false });
  await rotate();
  assert.deepEqual(JSON.parse((await ask(asked)).text), { renew: true });
  assert.deepEqual(
    shown.map(({ isWhole }) => isWhole),
    [true],
  );
});
