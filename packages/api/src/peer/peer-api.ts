import type { RequestListener } from "node:http";
import type { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { logFailure, type Logger, systemClock, Turns } from "@flotilla/runtime";
import { isUnitName } from "@flotilla/unit";
import { limits } from "../contract/limits.ts";
import { PEER_BASE, peerAction, peerAuditQuery, peerJournalQuery, peerPropertiesQuery } from "../contract/peer.ts";
import { sendOutcome } from "../server/answer.ts";
import { bareServer } from "../server/bare-server.ts";
import { BodyBudget } from "../server/body-budget.ts";
import { Lanes } from "../server/lanes.ts";
import { Slots } from "../server/slots.ts";
import { checked } from "../server/checked.ts";
import { untilClientGone } from "../server/client-gone.ts";
import type {
  ActionReport,
  JournalRequest,
  LocalAudit,
  PropertiesReport,
  SocketReport,
  StatusReport,
  TimerReport,
  UnitAction,
} from "../server/ports.ts";
import { jsonBody, requireJsonType } from "../server/request-body.ts";
import { RequestError } from "../server/request-error.ts";
import { streamText } from "../server/stream-text.ts";

/** Reads status and journal of this machine's units. */
export interface LocalInspector {
  status(unit: string, signal: AbortSignal): Promise<StatusReport>;
  journal(unit: string, request: JournalRequest, signal: AbortSignal): Promise<Readable>;
  properties(unit: string, names: readonly string[], signal: AbortSignal): Promise<PropertiesReport>;
  timers(signal: AbortSignal): Promise<readonly TimerReport[]>;
  sockets(signal: AbortSignal): Promise<readonly SocketReport[]>;
}

/** Acts on the cluster's units of this machine. */
export interface LocalOperator {
  act(unit: string, action: UnitAction, signal: AbortSignal): Promise<ActionReport>;
}

export interface PeerApiOptions {
  /** The audit of a server. An agent has none. */
  readonly audit?: LocalAudit;
  readonly inspector: LocalInspector;
  readonly operator: LocalOperator;
  readonly log: Logger;
}

/** Creates the API for the cluster's other daemons. TLS has already authenticated the client. */
export async function createPeerApi({
  inspector,
  operator,
  audit,
  log,
}: PeerApiOptions): Promise<{ readonly handler: RequestListener }> {
  const app = bareServer(log);
  const intake = { bodies: new BodyBudget(limits.allBodiesBytes), turns: new Turns(systemClock) };
  const journals = new Slots(limits.journalStreams, "journals");
  const statuses = new Lanes(limits.statusesAtOnce);
  app.get(`${PEER_BASE}/units/:name/status`, async (request, reply) => {
    const [unit, signal] = [unitIn(request.params), untilClientGone(reply)];
    const report = await statuses.run(() => inspector.status(unit, signal), signal);
    await sendOutcome(reply, { status: 200, json: report }, intake.turns);
    return reply;
  });
  addDetails(app, { inspector, statuses, turns: intake.turns });
  app.get(`${PEER_BASE}/units/:name/journal`, { exposeHeadRoute: false }, async (request, reply) => {
    const unit = unitIn(request.params);
    const query = checked(peerJournalQuery, request.query, "bad-query", "the query");
    const signal = untilClientGone(reply);
    await journals.run(async () => {
      const text = await inspector.journal(unit, query, signal);
      const onFailure = (error: unknown): void =>
        logFailure(log, "a journal stream to another daemon failed", error, { unit });
      await streamText(reply, { text, signal, onFailure });
    });
    return reply;
  });
  app.post(`${PEER_BASE}/units/:name/actions`, async (request, reply) => {
    const unit = unitIn(request.params);
    requireJsonType(request);
    const action = checked(peerAction, await jsonBody(reply, limits.bodyBytes, intake), "bad-request", "the body");
    const report = await operator.act(unit, action, untilClientGone(reply));
    await sendOutcome(reply, { status: 200, json: report }, intake.turns);
    return reply;
  });
  if (audit) {
    app.get(`${PEER_BASE}/audit`, async (request, reply) => {
      const query = checked(peerAuditQuery, request.query, "bad-query", "the query");
      const entries = await journals.run(() => audit.read(query, untilClientGone(reply)));
      await sendOutcome(reply, { status: 200, json: { entries } }, intake.turns);
      return reply;
    });
  }
  await app.ready();
  return { handler: (request, response) => app.routing(request, response) };
}

interface Details {
  readonly inspector: LocalInspector;
  readonly statuses: Lanes;
  readonly turns: Turns;
}

/** Adds the routes that read what systemd knows of units. */
function addDetails(app: FastifyInstance, { inspector, statuses, turns }: Details): void {
  app.get(`${PEER_BASE}/units/:name/properties`, async (request, reply) => {
    const [unit, signal] = [unitIn(request.params), untilClientGone(reply)];
    const { properties } = checked(peerPropertiesQuery, request.query, "bad-query", "the query");
    const report = await statuses.run(() => inspector.properties(unit, properties, signal), signal);
    await sendOutcome(reply, { status: 200, json: report }, turns);
    return reply;
  });
  app.get(`${PEER_BASE}/clock`, async (_request, reply) => {
    await sendOutcome(reply, { status: 200, json: { wall: systemClock.wall() } }, turns);
    return reply;
  });
  for (const list of ["timers", "sockets"] as const) {
    app.get(`${PEER_BASE}/${list}`, async (_request, reply) => {
      const found = await inspector[list](untilClientGone(reply));
      await sendOutcome(reply, { status: 200, json: { [list]: found } }, turns);
      return reply;
    });
  }
}

/** Returns the unit's name. Although peers are trusted, only a valid name may become a command's argument. */
function unitIn(params: unknown): string {
  const { name } = params as { readonly name: string };
  if (!isUnitName(name))
    throw new RequestError(
      "bad-unit-name",
      `cannot use ${JSON.stringify(name)} as a unit name; send the name of a unit`,
    );
  return name;
}
