import type { FastifyInstance } from "fastify";
import type { ClusterSnapshot } from "@flotilla/model";
import type { V2Operation } from "../../contract/v2/endpoints.ts";
import { v2Routes } from "../../contract/v2/routes.ts";
import type { Outcome } from "../answer.ts";
import { type ApiContext, readCluster, writeCluster } from "../context.ts";
import { demandsOfEdit } from "../access/edit-demands.ts";
import { goingAlong } from "../dependencies/along.ts";
import { boundPlanning } from "../planning/bound-planning.ts";
import { dryRun } from "../planning/dry-run.ts";
import { destroyUnit } from "../destroy-unit.ts";
import { unitIn } from "../unknown-unit.ts";
import { boundAccess } from "./bound-access.ts";
import { boundInspection } from "./bound-inspection.ts";
import { boundEvents } from "./bound-events.ts";
import { boundOperating } from "./bound-operating.ts";
import { addBoundRoute, bind, type BoundRoute, type Checked } from "./bound-route.ts";
import { backupOf } from "./backup.ts";
import { listMachines, listStates, listUnits } from "./lists.ts";
import { meantMachine } from "./meant-machine.ts";
import { openApiDocument } from "./openapi.ts";
import { putUnit } from "./put-unit.ts";
import { removeMachine } from "./remove-machine.ts";
import { moveStore, storeBackup } from "./store.ts";
import { boundRuns } from "./runs.ts";
import { deleteSecret, listSecrets, putSecret } from "./secrets.ts";
import { unitEntityOf } from "./unit-entity.ts";
import { showUnits } from "./unit-reasons.ts";
import { WatchServer } from "./watch.ts";

const STREAMS: readonly V2Operation[] = ["watch", "watchEvents", "getUnitJournal", "getStoreBackup"];

/** Adds every route of the contract; the type of `bound` ensures that none is missing. */
export function addV2Routes(app: FastifyInstance, context: ApiContext): void {
  const watches = new WatchServer(context);
  // Made at the first request, because it takes longer than the rest of the API's start.
  let document: ReturnType<typeof openApiDocument> | undefined;
  const { intake } = context;
  const bound: Record<V2Operation, BoundRoute> = {
    listUnits: bind(context, v2Routes.listUnits, (request) => listUnits(context, request)),
    getUnit: bind(context, v2Routes.getUnit, (request) => getUnit(context, request)),
    getUnitFile: bind(context, v2Routes.getUnitFile, (request) => getUnitFile(context, request)),
    putUnit: bind(context, v2Routes.putUnit, (request) => putOrPlan(context, request)),
    destroyUnit: bind(context, v2Routes.destroyUnit, (request) =>
      writeCluster(context, request.signal, (known) => destroyWithOthers(context, request, known)),
    ),
    listStates: bind(context, v2Routes.listStates, (request) => listStates(context, request)),
    listMachines: bind(context, v2Routes.listMachines, (request) => listMachines(context, request)),
    removeMachine: bind(context, v2Routes.removeMachine, ({ params, signal }) =>
      writeCluster(context, signal, (known) => removeMachine(context, meantMachine(known, params.id), signal)),
    ),
    editMachineMetadata: bind(context, v2Routes.editMachineMetadata, (request) =>
      writeCluster(context, request.signal, (known) => editMachineMetadata(context, request, known)),
    ),
    forgetMachineMetadata: bind(context, v2Routes.forgetMachineMetadata, ({ params, signal }) =>
      writeCluster(context, signal, async (known) => {
        const edit = { machineID: meantMachine(known, params.id), reset: "all", metadata: {} } as const;
        return { status: 204, revision: await context.settings.edit([edit], signal) };
      }),
    ),
    releaseHold: bind(context, v2Routes.releaseHold, (request) => releaseHold(context, request)),
    getBackup: bind(context, v2Routes.getBackup, ({ signal }) => readCluster(context, signal, backupOf)),
    listSecrets: bind(context, v2Routes.listSecrets, ({ signal }) => readCluster(context, signal, listSecrets)),
    putSecret: bind(context, v2Routes.putSecret, (request) =>
      writeCluster(context, request.signal, () => putSecret(context, request)),
    ),
    deleteSecret: bind(context, v2Routes.deleteSecret, (request) =>
      writeCluster(context, request.signal, () => deleteSecret(context, request)),
    ),
    getStore: bind(context, v2Routes.getStore, async () => ({ status: 200, json: context.storeKeeper.report() })),
    moveStore: bind(context, v2Routes.moveStore, (request) => moveStore(context, request)),
    getStoreBackup: bind(context, v2Routes.getStoreBackup, (request) => storeBackup(context, request)),
    watch: bind(context, v2Routes.watch, ({ query, reply, access }) => watches.serve(reply, query.from, access.ended)),
    ...boundEvents(context),
    ...boundAccess(context),
    ...boundInspection(context),
    ...boundPlanning(context),
    ...boundRuns(context),
    ...boundOperating(context),
    getOpenApi: bind(context, v2Routes.getOpenApi, async () => {
      document ??= openApiDocument(context.version);
      return { status: 200, json: document };
    }),
    getVersion: bind(context, v2Routes.getVersion, (request) => getVersion(context, request)),
  };
  for (const [operation, route] of Object.entries(bound))
    addBoundRoute(app, route, { streams: STREAMS.includes(operation as V2Operation), turns: intake.turns });
}

function putOrPlan(context: ApiContext, request: Checked<typeof v2Routes.putUnit>): Promise<Outcome> {
  if (request.body.dryRun) return dryRun(context, request);
  return writeCluster(context, request.signal, (known) => putUnit(context, request, known));
}

/** Destroys a unit, and stops the units that depend on it. */
function destroyWithOthers(
  context: ApiContext,
  { params: { name }, signal, access }: Checked<typeof v2Routes.destroyUnit>,
  known: ClusterSnapshot,
): Promise<Outcome> {
  const refresh = (): Promise<unknown> => context.cluster.with((reader) => reader.fresh(signal));
  return destroyUnit(context, name, signal, { unit: known.units.get(name), refresh }, (current) => {
    const { edits } = goingAlong({ unit: name, current, edit: { action: "destroy" } }, known);
    for (const { unit, current: before, edit } of edits)
      for (const demand of demandsOfEdit(unit, before, edit, false)) access.require(demand);
    return edits;
  });
}

function getUnit(context: ApiContext, { params, signal }: Checked<typeof v2Routes.getUnit>): Promise<Outcome> {
  const select = (snapshot: ClusterSnapshot) => ({
    items: [unitIn(snapshot, params.name)] as const,
    revision: snapshot.revision,
  });
  return showUnits(context, signal, select, (snapshot, { items: [unit], revision }, reasonsOf): Outcome => ({
    status: 200,
    json: unitEntityOf(snapshot, unit, reasonsOf),
    revision,
  }));
}

function getUnitFile(context: ApiContext, { params, signal }: Checked<typeof v2Routes.getUnitFile>): Promise<Outcome> {
  return readCluster(context, signal, (snapshot) => {
    const { file } = unitIn(snapshot, params.name);
    return { status: 200, text: file.text, revision: snapshot.revision };
  });
}

async function editMachineMetadata(
  context: ApiContext,
  { params, body, signal }: Checked<typeof v2Routes.editMachineMetadata>,
  known: ClusterSnapshot,
): Promise<Outcome> {
  const removed = Object.fromEntries((body.unset ?? []).map((key) => [key, null]));
  const revision = await context.settings.edit(
    [{ machineID: meantMachine(known, params.id), reset: body.reset ?? [], metadata: { ...removed, ...body.set } }],
    signal,
  );
  return { status: 204, revision };
}

async function releaseHold(context: ApiContext, { signal }: Checked<typeof v2Routes.releaseHold>): Promise<Outcome> {
  const hold = await readCluster(context, signal, ({ attendance }) => attendance.hold);
  const released = hold !== undefined;
  const revision = released ? { revision: await context.attendance.release(hold.since, signal) } : {};
  return { status: 200, json: { released }, ...revision };
}

function getVersion(context: ApiContext, { signal }: Checked<typeof v2Routes.getVersion>): Promise<Outcome> {
  const { version, machineID } = context;
  return readCluster(context, signal, ({ leader, revision }) => {
    return { status: 200, json: { version, machineID, ...(leader !== undefined && { leader }) }, revision };
  });
}
