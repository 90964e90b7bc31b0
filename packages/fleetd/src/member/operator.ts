import type { LocalOperator } from "@flotilla/api";
import { ACTION_LIMIT_MS, type ActionReport, type UnitAction, type UnitOperator } from "@flotilla/api/http";
import { type Clock, untilAborted } from "@flotilla/runtime";
import {
  type JobResult,
  type UnitControl,
  UnitManagerRefusedError,
  UnitManagerTimeoutError,
  UnitManagerUnavailableError,
} from "@flotilla/systemd";
import { type RunControl, runStartsOf } from "./run-starts.ts";
import type { ClusterPeers } from "./cluster-peers.ts";

/** Acts on this machine's units of the cluster; the systemd port refuses the host's own units. */
export function localOperator(control: UnitControl & RunControl, clock: Clock): LocalOperator {
  return {
    act: async (unit, action, signal) => {
      try {
        return await perform({ control, clock, unit, action, signal });
      } catch (error) {
        if (isAnswer(error)) return { ok: false, message: error.message };
        throw error;
      }
    },
  };
}

export interface ClusterOperatorOptions {
  readonly machineID: string;
  readonly local: LocalOperator;
  readonly peers: ClusterPeers;
}

/** Acts on units on any machine: on this machine directly, on others through their daemons. */
export class ClusterOperator implements UnitOperator {
  readonly #options: ClusterOperatorOptions;

  constructor(options: ClusterOperatorOptions) {
    this.#options = options;
  }

  async act(machineID: string, unit: string, action: UnitAction, signal: AbortSignal): Promise<ActionReport> {
    const { local, peers } = this.#options;
    if (machineID === this.#options.machineID) return local.act(unit, action, signal);
    const { client, address } = await peers.find(machineID, signal);
    return client.act(address, unit, action, signal);
  }
}

interface ActionRequest {
  readonly control: UnitControl & RunControl;
  readonly clock: Clock;
  readonly unit: string;
  readonly action: UnitAction;
  readonly signal: AbortSignal;
}

const DONE: ActionReport = { ok: true, message: "" };

async function perform(request: ActionRequest): Promise<ActionReport> {
  const { control, unit, action, signal } = request;
  switch (action.kind) {
    case "kill":
      await control.kill(unit, action, signal);
      return DONE;
    case "reset-failed":
      await control.resetFailed(unit, signal);
      return DONE;
    case "reload":
      return waitForJob(request, (stop) => control.reloadUnit(unit, stop));
    case "run":
      return untilAborted([signal], () => runStartsOf(control, request.clock).start(unit, action.id));
    case "restart":
      return waitForJob(request, (stop) => control.restart(unit, stop));
    default:
      return action satisfies never;
  }
}

/** Waits for the job up to a limit, because the client keeps a connection open. */
async function waitForJob(
  { clock, unit, action, signal }: ActionRequest,
  begin: (signal: AbortSignal) => Promise<JobResult>,
): Promise<ActionReport> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const late = clock.sleep(ACTION_LIMIT_MS, either).then(() => "late" as const);
  const job = begin(either);
  try {
    const ended = await Promise.race([job, late]);
    if (ended !== "late") return { ok: ended.result === "done", message: ended.message };
    const message = `${action.kind} of ${unit} is still under way after ${ACTION_LIMIT_MS / 1000} s; check \`fleetctl status ${unit}\``;
    return { ok: true, message };
  } finally {
    stop.abort();
    await Promise.allSettled([job, late]);
  }
}

/** Whether the error belongs in the report: systemd refused, did not answer, or cannot be reached. */
function isAnswer(error: unknown): error is Error {
  return (
    error instanceof UnitManagerRefusedError ||
    error instanceof UnitManagerTimeoutError ||
    error instanceof UnitManagerUnavailableError
  );
}
