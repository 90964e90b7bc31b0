/**
 * Serves the API on an etcd, without the rest of the daemon. api.ts starts this process; it ends when its parent ends.
 */
import { Readable } from "node:stream";
import { parseArgs } from "node:util";
import {
  createApi,
  createHttpServer,
  fixedAuthority,
  fixedStore,
  noMovePlanner,
  noPlanner,
  noSecrets,
} from "@flotilla/api";
import {
  ClusterFeed,
  MachineSettingsRegistry,
  MembershipRegistry,
  AttendanceRegistry,
  UnitRegistry,
  TokenRegistry,
} from "@flotilla/registry";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { explain } from "@flotilla/schedule";
import { withGroupCommit } from "@flotilla/store";
import { openEtcdStore } from "@flotilla/store/etcd";

const { values } = parseArgs({ options: { endpoint: { type: "string" }, socket: { type: "string" } } });
const common = { clock: systemClock, random: Math.random, log: silentLogger };

process.once("disconnect", () => process.exit());
const store = openEtcdStore({ ...common, endpoints: [values.endpoint ?? ""], requestTimeoutMs: 10_000 });
const feed = new ClusterFeed({ ...common, store });
const running = new AbortController().signal;
void feed.run(running);
await feed.fresh(running);
const api = await createApi({
  units: new UnitRegistry(withGroupCommit(store)),
  settings: new MachineSettingsRegistry(store),
  memberships: new MembershipRegistry(store),
  access: {
    tokens: { isKnown: true, find: () => undefined },
    registry: new TokenRegistry(store),
    authority: () => Promise.resolve(undefined),
  },
  attendance: new AttendanceRegistry(store),
  cluster: { with: (use) => use(feed) },
  inspector: {
    status: async () => ({ code: 0, text: "" }),
    properties: async () => ({ ok: true, message: "", properties: [] }),
    timers: async () => [],
    sockets: async () => [],
    journal: async () => Readable.from([]),
  },
  audits: { read: async () => ({ entries: [], missing: [] }) },
  operator: { act: async () => ({ ok: true, message: "" }) },
  secrets: noSecrets,
  storeKeeper: fixedStore("embedded=/store.db"),
  rotation: fixedAuthority,
  movePlanner: noMovePlanner,
  explain: (units) => Promise.resolve(new Map(units.map((unit) => [unit, explain(feed.view, unit)]))),
  planner: noPlanner,
  machineID: "",
  version: "",
  tokenLimit: 100,
  availability: () => undefined,
  clock: systemClock,
  log: silentLogger,
});
createHttpServer((request, response) => api.handler(request, response, { kind: "socket" })).listen(values.socket, () =>
  process.send?.("listening"),
);
