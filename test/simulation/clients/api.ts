import { AsyncLocalStorage } from "node:async_hooks";
import { type ApiOptions, createApi, type UnitInspector } from "@flotilla/api";
import { MachineSettingsRegistry, AttendanceRegistry, UnitRegistry } from "@flotilla/registry";
import { type Clock, silentLogger } from "@flotilla/runtime";
import { explain } from "@flotilla/schedule";
import type { Store } from "@flotilla/store";
import inject from "light-my-request";

/** Whose API it is that answers. */
export interface ApiHost {
  readonly store: Store;
  readonly cluster: ApiOptions["cluster"];
  readonly clock: Clock;
  readonly unavailable: () => string | undefined;
}

export interface ApiRequest {
  readonly method: "GET" | "PUT" | "DELETE" | "PATCH" | "POST";
  readonly path: string;
  readonly body?: object;
}

export interface ApiAnswer {
  readonly status: number;
  /** What `fleet-revision` says; 0 without one. */
  readonly revision: number;
  readonly text: string;
}

export type SimulatedApi = (host: ApiHost, request: ApiRequest) => Promise<ApiAnswer>;

/**
 * The API's own request handling, one for all simulated daemons, since to build it takes longer than a whole
 * history: each request brings along whose store and live copy it works with, however many await.
 */
export async function simulatedApi(): Promise<SimulatedApi> {
  const hosts = new AsyncLocalStorage<ApiHost>();
  const host = (): ApiHost => {
    const present = hosts.getStore();
    if (!present) throw new Error("an API was asked for outside of a request");
    return present;
  };
  const store = storeOf(() => host().store);
  const { handler } = await createApi({
    units: new UnitRegistry(store),
    settings: new MachineSettingsRegistry(store),
    attendance: new AttendanceRegistry(store),
    cluster: { with: (use) => host().cluster.with(use) },
    inspector: INSPECTOR,
    operator: { act: notSimulated },
    explain: (units, signal) =>
      host().cluster.with(async (reader) => {
        const view = await reader.latest(signal);
        return new Map(units.map((unit) => [unit, explain(view, unit)]));
      }),
    machineID: "0".repeat(32),
    version: "0",
    tokenLimit: 100,
    availability: () => host().unavailable(),
    clock: {
      monotonic: () => host().clock.monotonic(),
      wall: () => host().clock.wall(),
      sleep: (ms, signal) => host().clock.sleep(ms, signal),
      after: (ms, what) => host().clock.after(ms, what),
    },
    log: silentLogger,
  });
  const dispatch: inject.DispatchFunc = (request, response) => {
    // What an injected request lacks of a real one: a socket that could be silent, and headers one by one.
    const headersDistinct = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value].flat()]),
    );
    handler(Object.assign(request, { setTimeout: () => request, headersDistinct }), response);
  };
  return (whose, { method, path, body }) =>
    hosts.run(whose, async () => {
      const reply = await inject(dispatch, { method, url: path, ...(body && { payload: body }) });
      return { status: reply.statusCode, revision: Number(reply.headers["fleet-revision"] ?? 0), text: reply.payload };
    });
}

function storeOf(present: () => Store): Store {
  return {
    revision: (signal) => present().revision(signal),
    range: (request, signal) => present().range(request, signal),
    txn: (txn, signal) => present().txn(txn, signal),
    watch: (request, signal) => present().watch(request, signal),
    grant: (ttlMs, signal) => present().grant(ttlMs, signal),
    leaseTime: (id, signal) => present().leaseTime(id, signal),
    resume: (id, ttlMs, signal) => present().resume(id, ttlMs, signal),
    close: () => present().close(),
  };
}

/** What asks a machine directly is no part of the simulation. */
const INSPECTOR: UnitInspector = { status: notSimulated, journal: notSimulated };

function notSimulated(): Promise<never> {
  return Promise.reject(new Error("The simulation has no such thing."));
}
