import { randomUUID } from "node:crypto";
import http, { type IncomingHttpHeaders, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import {
  ClusterFeed,
  MachineSettingsRegistry,
  MembershipRegistry,
  AttendanceRegistry,
  UnitRegistry,
  TokenRegistry,
} from "@flotilla/registry";
import { ManualClock, silentLogger, systemClock } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";
import { type Faults, MemoryStore } from "@flotilla/store/memory";
import { type ApiOptions, createApi } from "./create-api.ts";
import { AUTHORITY } from "./access/access.fixture.ts";
import type { LiveTokens } from "./access/authenticator.ts";
import type { Entrance } from "./access/entrance.ts";
import { createHttpServer } from "./http-server.ts";
import { fixedAuthority } from "./fixed-authority.ts";
import { fixedStore } from "./fixed-store.ts";
import { noSecrets } from "./no-secrets.ts";
import type { MovePlanner } from "./operating/move-planner.ts";
import type { UnitInspector, UnitOperator } from "./ports.ts";

/** Two machines that the tests place units on. */
export const MACHINE_A = "a".repeat(32);
export const MACHINE_B = "b".repeat(32);

export interface TestApi {
  readonly store: Store;
  readonly units: UnitRegistry;
  readonly feed: ClusterFeed;
  /** The clock of the API's streams. */
  readonly clock: ManualClock;
  readonly tcp: { readonly host: string; readonly port: number };
  readonly unix: { readonly socketPath: string };
  readonly close: () => Promise<void>;
  call(method: string, path: string, request?: CallRequest): Promise<Reply>;
  /** Writes a value to a key of the registry, as the engine or an agent does. */
  put(key: string, value: unknown): Promise<void>;
}

export interface CallRequest {
  /** Text or bytes are sent unchanged; other values as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
}

interface TestAccess {
  /** Where requests to the TCP port enter. Default: a server's socket. */
  readonly entrance?: Entrance;
  readonly tokens?: LiveTokens;
}

/** Starts the API on a store in memory, with a unix socket and a TCP port. The API ends with the test. */
export async function testApi(
  t: TestContext,
  options: Partial<ApiOptions> & { faults?: Faults; historyLimit?: number } & TestAccess = {},
): Promise<TestApi> {
  const stop = new AbortController();
  const memory = new MemoryStore({ clock: systemClock });
  // Only a store with faults does not answer in time; without them, a busy machine may need longer.
  const store = memory.connect(
    options.faults ? { requestTimeoutMs: 200, faults: options.faults } : { requestTimeoutMs: 10_000 },
  );
  const clock = new ManualClock();
  const common = { clock: systemClock, random: () => 0.5, log: silentLogger };
  const feed = new ClusterFeed({
    store,
    ...common,
    ...(options.historyLimit !== undefined && { historyLimit: options.historyLimit }),
  });
  const running = feed.run(stop.signal);
  const units = new UnitRegistry(store);
  // A machine's record counts only under a lease.
  const lease = await store.grant(3_600_000);
  const api = await createApi({
    units,
    settings: new MachineSettingsRegistry(store),
    memberships: new MembershipRegistry(store),
    attendance: new AttendanceRegistry(store),
    access: {
      tokens: options.tokens ?? { isKnown: true, find: () => undefined },
      registry: new TokenRegistry(store),
      authority: () => Promise.resolve(AUTHORITY),
    },
    cluster: { with: (use) => use(feed) },
    inspector: fakeInspector,
    audits: { read: () => Promise.resolve({ entries: [], missing: [] }) },
    operator: fakeOperator,
    secrets: noSecrets,
    storeKeeper: fixedStore("embedded=/store.db"),
    rotation: fixedAuthority,
    movePlanner: IDLE_PLANNER,
    explain: () => Promise.resolve(new Map()),
    planner: { weigh: () => Promise.resolve(undefined), plan: () => Promise.resolve([]) },
    machineID: MACHINE_A,
    version: "1.2.3",
    tokenLimit: 100,
    availability: () => undefined,
    clock,
    log: silentLogger,
    ...options,
  });
  const handlerAt =
    (entrance: Entrance): RequestListener =>
    (request, response) =>
      api.handler(request, response, entrance);
  const tcpHandler = handlerAt(options.entrance ?? { kind: "socket" });
  const unixHandler = handlerAt({ kind: "socket" });
  const socketPath = join(tmpdir(), `flotilla-${randomUUID()}.sock`);
  const [tcpServer, unixServer] = await Promise.all([
    listen(tcpHandler, { host: "127.0.0.1", port: 0 }),
    listen(unixHandler, { path: socketPath }),
  ]);
  const tcp = { host: "127.0.0.1", port: (tcpServer.address() as AddressInfo).port };
  t.after(async () => {
    await api.close();
    stop.abort();
    await running;
    await clock.advance(60_000);
    for (const server of [tcpServer, unixServer]) {
      server.closeAllConnections();
      server.close();
    }
    await store.close();
    memory.close();
  });
  return {
    store,
    units,
    feed,
    clock,
    tcp,
    unix: { socketPath },
    close: () => api.close(),
    call: (method, path, request) => call(tcp, method, path, request),
    put: async (key, value) => {
      await store.txn({ onSuccess: [{ put: key, value: JSON.stringify(value), lease: lease.id }] });
    },
  };
}

/** Sends a plain HTTP request, as clients in any language do. */
export async function call(
  where: http.RequestOptions,
  method: string,
  path: string,
  { body, headers = {} }: CallRequest = {},
): Promise<Reply> {
  const isJson = body !== undefined && typeof body !== "string" && !(body instanceof Buffer);
  const type = body === undefined ? {} : { "content-type": "application/json" };
  const answer = await open(
    where,
    { method, path, headers: { ...type, ...headers } },
    isJson ? JSON.stringify(body) : (body as string | Buffer | undefined),
  );
  const text = await textOf(answer);
  const isJsonAnswer = answer.headers["content-type"] === "application/json" && text !== "";
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    text,
    json: isJsonAnswer ? JSON.parse(text) : undefined,
  };
}

/** Returns the head of an answer. The caller reads the body. */
export function open(
  where: http.RequestOptions,
  options: http.RequestOptions,
  body?: string | Buffer,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = http.request({ ...where, ...options });
    request.on("response", resolve);
    request.on("error", reject);
    request.end(body);
  });
}

function listen(
  handler: RequestListener,
  options: { host: string; port: number } | { path: string },
): Promise<http.Server> {
  const server = createHttpServer(handler);
  return new Promise((resolve) => server.listen(options, () => resolve(server)));
}

/** An inspector that answers with the request. */
export const fakeInspector: UnitInspector = {
  status: async (machineID, unit) => ({ code: 0, text: `${unit} on ${machineID}\n` }),
  properties: async (machineID, unit, names) => ({
    ok: true,
    message: "",
    properties: [{ name: "Asked", value: `${names.join(" ")} ${unit} ${machineID}` }],
  }),
  timers: async () => [{ unit: "a.timer", activates: "a.service", next: 1_000, last: 0 }],
  sockets: async () => [{ unit: "a.socket", activates: ["a.service"], listens: [{ type: "Stream", address: "/a" }] }],
  journal: async (machineID, unit, { lines, follow, output, cursor }) =>
    Readable.from([`${unit} ${machineID} ${lines} ${follow} ${output}${cursor === undefined ? "" : ` ${cursor}`}\n`]),
};

const fakeOperator: UnitOperator = {
  act: async (machineID, unit, action) => ({ ok: true, message: `${JSON.stringify(action)} ${unit} ${machineID}` }),
};

/** Waits for a state, up to 10 s. */
export async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error("the state was not reached within 10 s");
    await setImmediate();
  }
}

/** Nothing is drained, and nothing can move. */
const IDLE_PLANNER: MovePlanner = {
  staying: async () => new Map(),
  drain: async () => [],
  move: async () => ({ refused: [] }),
  rebalance: async () => [],
};
