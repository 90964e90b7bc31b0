import { AsyncLocalStorage } from "node:async_hooks";
import {
  type ApiOptions,
  createApi,
  fixedAuthority,
  fixedStore,
  noMovePlanner,
  noPlanner,
  noSecrets,
  type UnitInspector,
} from "@flotilla/api";
import {
  MachineSettingsRegistry,
  MembershipRegistry,
  AttendanceRegistry,
  UnitRegistry,
  TokenRegistry,
} from "@flotilla/registry";
import { type Clock, silentLogger } from "@flotilla/runtime";
import { explain } from "@flotilla/schedule";
import type { Store } from "@flotilla/store";
import inject from "light-my-request";

/** The daemon whose API answers. */
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
  /** The `fleet-revision` header; 0 without one. */
  readonly revision: number;
  readonly text: string;
}

export type SimulatedApi = (host: ApiHost, request: ApiRequest) => Promise<ApiAnswer>;

/**
 * Returns the API's real request handling. All simulated daemons share it, because creating it takes longer than a
 * whole history. Each request uses the store and feed of the daemon that it was sent to, even after an await.
 */
export async function simulatedApi(): Promise<SimulatedApi> {
  const hosts = new AsyncLocalStorage<ApiHost>();
  const host = (): ApiHost => {
    const present = hosts.getStore();
    if (!present) throw new Error("the API's host is known only during a request");
    return present;
  };
  const store = storeOf(() => host().store);
  const { handler } = await createApi({
    units: new UnitsOfHosts(() => host().store),
    settings: new MachineSettingsRegistry(store),
    memberships: new MembershipRegistry(store),
    access: {
      tokens: { isKnown: true, find: () => undefined },
      registry: new TokenRegistry(store),
      authority: () => Promise.resolve(undefined),
    },
    attendance: new AttendanceRegistry(store),
    cluster: { with: (use) => host().cluster.with(use) },
    inspector: INSPECTOR,
    audits: { read: notSimulated },
    operator: { act: notSimulated },
    secrets: noSecrets,
    storeKeeper: fixedStore("embedded=/store.db"),
    rotation: fixedAuthority,
    movePlanner: noMovePlanner,
    explain: (units, signal) =>
      host().cluster.with(async (reader) => {
        const view = await reader.latest(signal);
        return new Map(units.map((unit) => [unit, explain(view, unit)]));
      }),
    planner: noPlanner,
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
    // Injected requests lack `setTimeout` and `headersDistinct`, which real requests have.
    const headersDistinct = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value].flat()]),
    );
    handler(Object.assign(request, { setTimeout: () => request, headersDistinct }), response, { kind: "socket" });
  };
  return (whose, { method, path, body }) =>
    hosts.run(whose, async () => {
      const reply = await inject(dispatch, { method, url: path, ...(body && { payload: body }) });
      return { status: reply.statusCode, revision: Number(reply.headers["fleet-revision"] ?? 0), text: reply.payload };
    });
}

/** Each daemon has a registry of its own, which knows what this daemon has written. */
class UnitsOfHosts extends UnitRegistry {
  readonly #present: () => Store;
  readonly #registries = new WeakMap<Store, UnitRegistry>();

  constructor(present: () => Store) {
    super(storeOf(present));
    this.#present = present;
  }

  override get lastWritten(): number {
    return this.#own().lastWritten;
  }

  override edit(...change: Parameters<UnitRegistry["edit"]>): Promise<number> {
    return this.#own().edit(...change);
  }

  #own(): UnitRegistry {
    const store = this.#present();
    const known = this.#registries.get(store) ?? new UnitRegistry(store);
    this.#registries.set(store, known);
    return known;
  }
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

/** Requests that go to a machine directly are not simulated. */
const INSPECTOR: UnitInspector = {
  status: notSimulated,
  journal: notSimulated,
  properties: notSimulated,
  timers: notSimulated,
  sockets: notSimulated,
};

function notSimulated(): Promise<never> {
  return Promise.reject(new Error("this request is not simulated"));
}
