import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Verb } from "@flotilla/access";
import type { Turns } from "@flotilla/runtime";
import type { UnitV1 } from "../../contract/v1/entities.ts";
import { PUT_UNIT_VERBS } from "../../contract/v2/routes.ts";
import { type Outcome, sendOutcome } from "../answer.ts";
import { untilClientGone } from "../client-gone.ts";
import { liveStates, liveStatesOf, stateKey } from "../cluster-reads.ts";
import { type ApiContext, readCluster, writeCluster } from "../context.ts";
import { destroyUnit } from "../destroy-unit.ts";
import { type LongList, longList } from "../long-list.ts";
import { pageOf, type PageRequest } from "../page.ts";
import { RequestError } from "../request-error.ts";
import { unitIn } from "../unknown-unit.ts";
import discovery from "./discovery-v1.json" with { type: "json" };
import { patchMachines } from "./patch-machines.ts";
import { putUnitV1 } from "./put-unit-v1.ts";
import { RecentStops } from "./recent-stops.ts";
import { machineV1, unitStateV1, unitV1 } from "./unit-v1.ts";

const READ: readonly Verb[] = ["read"];

/** The two base paths of fleet's API (fleet, api/mux.go). */
const BASES = ["/fleet/v1", "/v1-alpha"];

type Handler = (request: FastifyRequest, signal: AbortSignal, reply: FastifyReply) => Promise<Outcome>;

/** Adds the API of fleet 1.0, for programs written for fleet. */
export function addV1Routes(app: FastifyInstance, context: ApiContext): void {
  const { units, clock, intake, accessOf } = context;
  const stops = new RecentStops(clock);
  const routes = [
    ["GET", "/discovery", READ, async () => ({ status: 200, json: discovery })],
    ["GET", "/machines", READ, listMachines(context)],
    ["PATCH", "/machines", ["metadata"], (_request, signal, reply) => patchMachines(context, reply, signal)],
    ["GET", "/state", READ, listStates(context)],
    ["GET", "/state/:name", READ, getState(context)],
    ["GET", "/units", READ, listUnits(context)],
    ["GET", "/units/:name", READ, getUnit(context, stops)],
    [
      "PUT",
      "/units/:name",
      PUT_UNIT_VERBS,
      (request, signal, reply) =>
        writeCluster(context, signal, (known) =>
          putUnitV1({ units, stops, intake, accessOf }, nameIn(request), reply, signal, known),
        ),
    ],
    [
      "DELETE",
      "/units/:name",
      ["destroy"],
      (request, signal) =>
        writeCluster(context, signal, (known) => {
          const name = nameIn(request);
          return destroyUnit(context, name, signal, { unit: known.units.get(name) });
        }),
    ],
  ] as const satisfies (readonly [string, string, readonly Verb[], Handler])[];
  for (const base of BASES) {
    for (const [method, path, needs, handler] of routes) {
      const config = { access: { needs } };
      const url = base + path;
      app.route({ method, url, config, handler: async (_request, reply) => answer(reply, handler, intake.turns) });
    }
  }
}

async function answer(reply: FastifyReply, handler: Handler, turns: Turns): Promise<FastifyReply> {
  await sendOutcome(reply, await handler(reply.request, untilClientGone(reply), reply), turns);
  return reply;
}

function listMachines(context: ApiContext): Handler {
  return async (request, signal) => {
    const wanted = pageWanted("machines", request, context);
    return readCluster(context, signal, ({ machines, revision }) => {
      const { items, nextPageToken } = pageOf(machines.values(), ({ id }) => id, wanted);
      return pageAnswer({ field: "machines", items, entityOf: machineV1, nextPageToken, revision });
    });
  };
}

function listStates(context: ApiContext): Handler {
  return async (request, signal) => {
    const wanted = pageWanted("states", request, context);
    const unitName = queryOf(request).get("unitName");
    const machineID = queryOf(request).get("machineID");
    return readCluster(context, signal, (snapshot) => {
      // A client that polls one unit does not pay for the others.
      const ofUnits = unitName ? liveStatesOf(snapshot, unitName) : liveStates(snapshot);
      const states = ofUnits.filter((state) => !machineID || state.machineID === machineID);
      const { items, nextPageToken } = pageOf(states, stateKey, wanted);
      return pageAnswer({ field: "states", items, entityOf: unitStateV1, nextPageToken, revision: snapshot.revision });
    });
  };
}

function getState(context: ApiContext): Handler {
  return (request, signal) =>
    readCluster(context, signal, (snapshot) => {
      const name = nameIn(request);
      const [state] = liveStatesOf(snapshot, name);
      if (!state)
        throw new RequestError("state-not-found", `no machine reports a state of unit ${name}; load the unit first`);
      return { status: 200, json: unitStateV1(state), revision: snapshot.revision };
    });
}

function listUnits(context: ApiContext): Handler {
  return async (request, signal) => {
    const wanted = pageWanted("units", request, context);
    return readCluster(context, signal, (snapshot) => {
      const { items, nextPageToken } = pageOf(snapshot.units.values(), ({ name }) => name, wanted);
      const shown = items.map((unit) => unitV1(snapshot, unit));
      const entityOf = (show: () => UnitV1): UnitV1 => show();
      return pageAnswer({ field: "units", items: shown, entityOf, nextPageToken, revision: snapshot.revision });
    });
  };
}

function getUnit(context: ApiContext, stops: RecentStops): Handler {
  return (request, signal) =>
    readCluster(context, signal, (snapshot) => {
      const unit = unitIn(snapshot, nameIn(request));
      return { status: 200, json: stops.shown(unit, unitV1(snapshot, unit)(), request), revision: snapshot.revision };
    });
}

interface PageV1<T> extends Omit<LongList<T>, "rest"> {
  readonly nextPageToken: string | undefined;
  readonly revision: number;
}

/** Returns the answer of a page; an empty list is an empty object, because fleet's clients test for that. */
function pageAnswer<T>({ nextPageToken, revision, ...list }: PageV1<T>): Outcome {
  const rest = nextPageToken === undefined ? {} : { nextPageToken };
  if (list.items.length === 0) return { status: 200, json: rest, revision };
  return { status: 200, list: longList({ ...list, rest }), revision };
}

function pageWanted(kind: PageRequest["kind"], request: FastifyRequest, { tokenLimit }: ApiContext): PageRequest {
  const tokens = queryOf(request).getAll("nextPageToken");
  if (tokens.length > 1)
    throw new RequestError(
      "bad-page-token",
      "nextPageToken is given more than once; pass only the token of the previous page",
    );
  return { kind, limit: tokenLimit, token: tokens[0] };
}

/** Returns the query, with unknown parameters: clients generated from the discovery document add alt=json. */
function queryOf(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(request.url.split("?", 2)[1] ?? "");
}

function nameIn(request: FastifyRequest): string {
  return (request.params as { readonly name: string }).name;
}
