import { type ClusterSnapshot, exitCodeOf, isSameRun, type UnitRun } from "@flotilla/model";
import type { runRoutes } from "../../contract/v2/run-routes.ts";
import { v2Routes } from "../../contract/v2/routes.ts";
import type { RunEntity } from "../../contract/v2/runs.ts";
import type { Outcome } from "../answer.ts";
import { liveStatesOf } from "../cluster-reads.ts";
import { type ApiContext, readCluster } from "../context.ts";
import { RequestError } from "../request-error.ts";
import { unitIn } from "../unknown-unit.ts";
import { bind, type BoundRoute, type Checked } from "./bound-route.ts";
import { machinesOf } from "./unit-machines.ts";

/** Binds the routes about runs. */
export function boundRuns(context: ApiContext): Record<keyof typeof runRoutes, BoundRoute> {
  return {
    listRuns: bind(context, v2Routes.listRuns, ({ params, signal }) =>
      readCluster(context, signal, (snapshot): Outcome => {
        const { name } = unitIn(snapshot, params.name);
        const runs = runsOf(snapshot, name).map(runEntityOf);
        return { status: 200, json: { runs }, revision: snapshot.revision };
      }),
    ),
    startRun: bind(context, v2Routes.startRun, (request) => startRun(context, request)),
  };
}

/** Starts a run on the unit's machine; a repeated request finds the run that the first one has started. */
async function startRun(
  context: ApiContext,
  { params: { name }, body, signal, access }: Checked<typeof v2Routes.startRun>,
): Promise<Outcome> {
  access.require({ verb: "start", unit: name });
  const [machineID, ...others] = await machinesOf(context, name, { wanted: body.machine }, signal);
  if (machineID === undefined || others.length > 0)
    throw new RequestError(
      "ambiguous-machine",
      `unit ${name} is on several machines; name the machine that is to run it`,
      others,
    );
  const report = await context.operator.act(machineID, name, { kind: "run", id: body.id }, signal);
  if (!report.ok || report.invocation === undefined)
    throw new RequestError("run-refused", `cannot run ${name}: ${report.message || "the machine does not say why"}`);
  return { status: 200, json: { machineID, invocation: report.invocation } };
}

/**
 * The unit's last runs, the latest first: those that the leader keeps, and those that machines report and the leader has
 * not copied yet. A machine knows better than the leader how a run has ended.
 */
export function runsOf(snapshot: ClusterSnapshot, name: string): readonly UnitRun[] {
  const reported = [...liveStatesOf(snapshot, name)].flatMap(({ machineID, runs = [] }) =>
    runs.map((run): UnitRun => ({ machineID, ...run })),
  );
  const kept = snapshot.histories.get(name)?.runs ?? [];
  const others = kept.filter((run) => !reported.some((other) => isSameRun(run, other)));
  return [...others, ...reported].toSorted((one, other) => other.startedAt - one.startedAt);
}

function runEntityOf(run: UnitRun): RunEntity {
  const { machineID, invocation, startedAt, endedAt, result, code, status } = run;
  return {
    machineID,
    invocation,
    startedAt: new Date(startedAt).toISOString(),
    ...(endedAt > 0 && { endedAt: new Date(endedAt).toISOString() }),
    result,
    code,
    status,
    ...(endedAt > 0 && { exitCode: exitCodeOf(run) }),
  };
}
