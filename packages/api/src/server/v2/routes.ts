import type { FastifyInstance } from "fastify";
import type { ClusterSnapshot } from "@flotilla/model";
import type { V2Operation } from "../../contract/v2/endpoints.ts";
import { v2Routes } from "../../contract/v2/routes.ts";
import type { Outcome } from "../answer.ts";
import { type ApiContext, readCluster, writeCluster } from "../context.ts";
import { destroyUnit } from "../destroy-unit.ts";
import { unitIn } from "../unknown-unit.ts";
import { addBoundRoute, bind, type BoundRoute, type Checked } from "./bound-route.ts";
import { actOnUnit } from "./act.ts";
import { backupOf } from "./backup.ts";
import { unitJournal, unitStatuses } from "./inspect.ts";
import { listMachines, listStates, listUnits } from "./lists.ts";
import { openApiDocument } from "./openapi.ts";
import { putUnit } from "./put-unit.ts";
import { removeMachine } from "./remove-machine.ts";
import { moveStore, storeBackup } from "./store.ts";
import { unitEntityOf } from "./unit-entity.ts";
import { showUnits } from "./unit-reasons.ts";
import { WatchServer } from "./watch.ts";

const STREAMS: readonly V2Operation[] = ["watch", "getUnitJournal", "getStoreBackup"];

/** Adds every route of the contract; the type of `bound` ensures that none is missing. */
export function addV2Routes(app: FastifyInstance, context: ApiContext): void {
  const watches = new WatchServer(context);
  // Made at the first request, because it takes longer than the rest of the API's start.
  let document: ReturnType<typeof openApiDocument> | undefined;
  const { intake } = context;
  const bound: Record<V2Operation, BoundRoute> = {
    listUnits: bind(intake, v2Routes.listUnits, (request) => listUnits(context, request)),
    getUnit: bind(intake, v2Routes.getUnit, (request) => getUnit(context, request)),
    getUnitFile: bind(intake, v2Routes.getUnitFile, (request) => getUnitFile(context, request)),
    putUnit: bind(intake, v2Routes.putUnit, ({ params, body, signal }) =>
      writeCluster(context, signal, (known) => putUnit(context, params.name, body, signal, known)),
    ),
    destroyUnit: bind(intake, v2Routes.destroyUnit, ({ params: { name }, signal }) =>
      writeCluster(context, signal, ({ units }) => destroyUnit(context, name, signal, { unit: units.get(name) })),
    ),
    getUnitStatus: bind(intake, v2Routes.getUnitStatus, (request) => unitStatuses(context, request)),
    getUnitJournal: bind(intake, v2Routes.getUnitJournal, (request) => unitJournal(context, request)),
    actOnUnit: bind(intake, v2Routes.actOnUnit, (request) => actOnUnit(context, request)),
    listStates: bind(intake, v2Routes.listStates, (request) => listStates(context, request)),
    listMachines: bind(intake, v2Routes.listMachines, (request) => listMachines(context, request)),
    removeMachine: bind(intake, v2Routes.removeMachine, ({ params, signal }) =>
      writeCluster(context, signal, () => removeMachine(context, params.id, signal)),
    ),
    editMachineMetadata: bind(intake, v2Routes.editMachineMetadata, (request) =>
      writeCluster(context, request.signal, () => editMachineMetadata(context, request)),
    ),
    forgetMachineMetadata: bind(intake, v2Routes.forgetMachineMetadata, ({ params, signal }) =>
      writeCluster(context, signal, async () => {
        const edit = { machineID: params.id, reset: "all", metadata: {} } as const;
        return { status: 204, revision: await context.settings.edit([edit], signal) };
      }),
    ),
    releaseHold: bind(intake, v2Routes.releaseHold, (request) => releaseHold(context, request)),
    getBackup: bind(intake, v2Routes.getBackup, ({ signal }) => readCluster(context, signal, backupOf)),
    getStore: bind(intake, v2Routes.getStore, async () => ({ status: 200, json: context.storeKeeper.report() })),
    moveStore: bind(intake, v2Routes.moveStore, (request) => moveStore(context, request)),
    getStoreBackup: bind(intake, v2Routes.getStoreBackup, (request) => storeBackup(context, request)),
    watch: bind(intake, v2Routes.watch, ({ query, reply }) => watches.serve(reply, query.from)),
    getOpenApi: bind(intake, v2Routes.getOpenApi, async () => {
      document ??= openApiDocument(context.version);
      return { status: 200, json: document };
    }),
    getVersion: bind(intake, v2Routes.getVersion, (request) => getVersion(context, request)),
  };
  for (const [operation, route] of Object.entries(bound))
    addBoundRoute(app, route, { streams: STREAMS.includes(operation as V2Operation), turns: intake.turns });
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
): Promise<Outcome> {
  const removed = Object.fromEntries((body.unset ?? []).map((key) => [key, null]));
  const revision = await context.settings.edit(
    [{ machineID: params.id, reset: body.reset ?? [], metadata: { ...removed, ...body.set } }],
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
