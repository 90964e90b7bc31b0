import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, RequestListener } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { LinkServer } from "@flotilla/link";
import type { MachineIdentity } from "@flotilla/membership";
import {
  createClusterIdentity,
  issueMachineIdentity,
  type MachineCertificate,
} from "@flotilla/membership/certificates";
import { silentLogger, systemClock } from "@flotilla/runtime";
import type { MachineRefusal } from "../audit/refusals.ts";
import { acceptedNow } from "./accepted-now.ts";
import { anyone, machineRequests, serversOnly } from "./machine-requests.ts";
import { listenForPeers, type PeerServer } from "./peer-server.ts";

const [SERVER, AGENT] = ["a".repeat(32), "b".repeat(32)];
const asServer = { machineID: SERVER, role: "server", names: [] } as const;
const asAgent = { machineID: AGENT, role: "agent", generation: "g", names: [] } as const;

const refusals: MachineRefusal[] = [];
let port: PeerServer;
let identities: Readonly<Record<"server" | "agent" | "stranger", MachineIdentity>>;

before(async () => {
  const [cluster, other] = [await createClusterIdentity(Date.now()), await createClusterIdentity(Date.now())];
  const issue = (machine: MachineCertificate, by = cluster): Promise<MachineIdentity> =>
    issueMachineIdentity(by, machine, Date.now());
  identities = { server: await issue(asServer), agent: await issue(asAgent), stranger: await issue(asServer, other) };
  const answer: RequestListener = (_request, response) => response.end("answered");
  const link = new LinkServer({
    routes: new Map(),
    admit: () => ({ refused: "nobody" }),
    clock: systemClock,
    log: silentLogger,
  });
  const handler = machineRequests(
    new Map([
      ["/peer/", serversOnly(answer)],
      ["/join/", anyone(answer)],
    ]),
    { note: (refusal) => void refusals.push(refusal) },
  );
  port = await listenForPeers({ identity: identities.server, port: 0, handler, link, log: silentLogger });
});
after(() => port.close());

async function ask(who: keyof typeof identities | "nobody", path: string) {
  const { ca } = identities.server;
  const own = who === "nobody" ? {} : { key: identities[who].key, cert: identities[who].cert };
  const sent = httpsRequest({
    ...{ host: "127.0.0.1", port: port.port, path, ca, servername: "server.flotilla", agent: false },
    ...own,
  }).end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  return [answer.statusCode, await text(answer)] as const;
}

for (const [who, path, status, reason] of [
  ["server", "/peer/v1/units/a.service/status", 200, /^answered$/],
  ["agent", "/peer/v1/units/a.service/status", 403, /machine b{32} is not a server; only servers may ask/],
  ["stranger", "/peer/v1/units/a.service/status", 401, /only a machine with a certificate of this cluster/],
  ["nobody", "/peer/v1/units/a.service/status", 401, /only a machine with a certificate of this cluster/],
  ["nobody", "/join/v1/authority", 200, /^answered$/],
  ["server", "/other?secret=x", 404, /no route \/other on this port/],
] as const)
  test(`${who} asks for ${path}: ${status}`, async () => {
    const [given, body] = await ask(who, path);
    assert.equal(given, status, body);
    assert.match(body, reason);
  });

test("a refusal is told with the machine of the certificate", async () => {
  refusals.length = 0;
  await ask("agent", "/peer/v1/audit?limit=1");
  await ask("stranger", "/peer/v1/audit");
  await ask("nobody", "/other");
  const common = { from: "127.0.0.1", verb: "get", object: "peer/v1/audit" };
  const [agent, stranger, ...more] = refusals;
  assert.deepEqual(more, []);
  assert.match(agent?.reason ?? "", /is not a server/);
  assert.deepEqual(agent, { ...common, machineID: AGENT, reason: agent?.reason });
  assert.deepEqual(stranger, { ...common, machineID: undefined, reason: stranger?.reason });
});

test("a certificate whose authority is not trusted any more counts for nothing, also on an open connection", async () => {
  const link = new LinkServer({
    routes: new Map(),
    admit: () => ({ refused: "" }),
    clock: systemClock,
    log: silentLogger,
  });
  let bundle = identities.server.ca;
  const accepts = acceptedNow(bundle, () => bundle);
  const routes = new Map([["/peer/", serversOnly((_request, response) => void response.end("answered"))]]);
  const handler = machineRequests(routes, { note: () => {} }, accepts);
  const server = await listenForPeers({ identity: identities.server, port: 0, handler, link, log: silentLogger });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const statuses: (number | undefined)[] = [];
    for (const trusted of [bundle, identities.stranger.ca]) {
      bundle = trusted;
      const { ca, key, cert } = identities.server;
      const to = { host: "127.0.0.1", port: server.port, path: "/peer/v1/x", servername: "server.flotilla" };
      const [answer] = (await once(httpsRequest({ ...to, ca, key, cert, agent }).end(), "response")) as [
        IncomingMessage,
      ];
      await text(answer);
      statuses.push(answer.statusCode);
    }
    assert.deepEqual(statuses, [200, 401]);
  } finally {
    agent.destroy();
    await server.close();
  }
});
