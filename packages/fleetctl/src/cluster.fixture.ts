import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import {
  createApi,
  type AuthorityRotation,
  fixedAuthority,
  fixedStore,
  MachineUnreachableError,
  noPlanner,
  type Planner,
  type AuditReader,
  type StoreKeeper,
  type UnitInspector,
  type UnitOperator,
} from "@flotilla/api";
import {
  AuthorityRegistry,
  ClusterFeed,
  MachineSettingsRegistry,
  MembershipRegistry,
  AttendanceRegistry,
  UnitRegistry,
  TokenRegistry,
} from "@flotilla/registry";
import { type Clock, messageOf, silentLogger, systemClock } from "@flotilla/runtime";
import { keyOf, type Op, type Store } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";
import { connect } from "./cluster/connect.ts";
import { fakeMovePlanner } from "./fake-move-planner.fixture.ts";
import { fakeHost } from "./host/fake-host.fixture.ts";
import type { Environment } from "./environment.ts";
import { InterruptedError } from "./command-error.ts";
import type { Output } from "./environment.ts";
import { storedSecrets } from "./stored-secrets.fixture.ts";
import { PlayedJournals } from "./fake-journals.fixture.ts";
import { playRun } from "./played-runs.fixture.ts";
import { run } from "./run.ts";

export const MACHINE = "113f16a7".padEnd(32, "0");
export const OTHER_MACHINE = "85c0c595".padEnd(32, "0");

/** A unit file without requirements. */
export const FILE = "[Service]\nExecStart=/bin/sleep 1000\n";

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test may override. */
export type OwnEnvironment = Partial<
  Pick<Environment, "stdin" | "variables" | "runProgram" | "host" | "connect" | "signal">
> & {
  readonly until?: (stderr: string, stdout: string) => boolean;
  /**
   * Whether output goes to a terminal. Default false. Control sequences, such as the progress line's, are not recorded.
   */
  readonly isTerminal?: boolean;
};

export interface TestCluster {
  readonly store: Store;
  /** The working directory of fleetctl. */
  readonly directory: string;
  readonly endpoint: string;
  /** The actions on units: `ACTION UNIT@MACHINE`, and for kill the signal and whom. */
  readonly actions: readonly string[];
  /** Runs fleetctl against the cluster, inside this process. */
  fleetctl(...args: readonly string[]): Promise<Finished>;
  /** The same, with the test's own streams, variables and programs. */
  fleetctlWith(own: OwnEnvironment, ...args: readonly string[]): Promise<Finished>;
  /** The same; `until` is called after each piece of output, and simulates Ctrl-C by returning true. */
  fleetctlUntil(until: (stderr: string, stdout: string) => boolean, ...args: readonly string[]): Promise<Finished>;
  file(name: string, text?: string): Promise<void>;
  put(key: string, value: unknown): Promise<void>;
  /** Ends every connection to the API, like a restart of the daemon. */
  cutConnections(): void;
  /** Resolves once a follower of the unit's journal has read all of it. */
  isFollowed(unit: string): Promise<void>;
  /** Adds an entry to the unit's journal. */
  log(unit: string, message: string): void;
}

/**
 * The real API on a store in memory, behind a unix socket, with a fake engine and agent that act at once. The unit's
 * name decides: `nowhere` is never placed, `fails` fails to start, `slow` stays activating, `all` is global, `dies`
 * fails right after its start, `refused` is blocked by a unit of the host.
 */
export async function testCluster(
  t: TestContext,
  {
    storeKeeper = fixedStore("embedded=/store.db"),
    audits = NO_AUDITS,
    rotation = fixedAuthority,
    planner = noPlanner,
  }: {
    readonly storeKeeper?: StoreKeeper;
    readonly audits?: AuditReader;
    readonly rotation?: AuthorityRotation;
    readonly planner?: Planner;
  } = {},
): Promise<TestCluster> {
  const stop = new AbortController();
  const memory = new MemoryStore({ clock: systemClock });
  const store = memory.connect();
  const common = { clock: systemClock, random: () => 0.5, log: silentLogger };
  const actions: string[] = [];
  const journals = new PlayedJournals(MACHINE);
  const feed = new ClusterFeed({ store, ...common });
  const api = await createApi({
    units: new UnitRegistry(store),
    settings: new MachineSettingsRegistry(store),
    memberships: new MembershipRegistry(store),
    access: {
      tokens: { isKnown: true, find: () => undefined },
      registry: new TokenRegistry(store),
      authority: (signal) => new AuthorityRegistry(store).certificate(signal),
    },
    attendance: new AttendanceRegistry(store),
    cluster: { with: (use) => use(feed) },
    inspector: { status, properties, timers, sockets, journal: journals.journal },
    operator: operatorOn(store, actions),
    secrets: storedSecrets(store),
    storeKeeper,
    rotation,
    audits,
    movePlanner: fakeMovePlanner([MACHINE, OTHER_MACHINE]),
    explain: (units) => {
      const nowhere = units.filter((unit) => unit.includes("nowhere"));
      const reasons = (unit: string): string[] => [
        `${unit} cannot be placed`,
        "2 machines: metadata region=eu missing",
      ];
      return Promise.resolve(new Map(nowhere.map((unit) => [unit, reasons(unit)])));
    },
    planner,
    machineID: MACHINE,
    version: "1.2.3",
    tokenLimit: 100,
    availability: () => undefined,
    clock: systemClock,
    log: silentLogger,
  });
  const directory = await mkdtemp(join(tmpdir(), "fleetctl-"));
  const socketPath = join(directory, "fleet.sock");
  const server = http.createServer((request, response) => api.handler(request, response, { kind: "socket" }));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  // A machine's record is valid only under a lease.
  const lease = await store.grant(3_600_000);
  const put = async (key: string, value: unknown): Promise<void> => {
    await store.txn({ onSuccess: [{ put: key, value: JSON.stringify(value), lease: lease.id }] });
  };
  for (const [id, primaryIP, hostname] of [
    [MACHINE, "172.17.8.103", "web1.example.com"],
    [OTHER_MACHINE, "172.17.8.102", "web2.example.com"],
  ] as const) {
    await put(`machine/${id}`, { id, primaryIP, hostname, metadata: { region: "us", disk: "ssd" }, version: "1.2.3" });
  }
  const tasks = [feed.run(stop.signal), playCluster(store, stop.signal)];
  t.after(async () => {
    await api.close();
    stop.abort(new Error("the test is over"));
    await Promise.allSettled(tasks);
    server.closeAllConnections();
    server.close();
    await store.close();
    memory.close();
    await rm(directory, { recursive: true });
  });
  const endpoint = `unix://${socketPath}`;
  const fleetctlWith: TestCluster["fleetctlWith"] = (own, ...args) => runOnce(directory, endpoint, own, args);
  return {
    store,
    directory,
    endpoint,
    actions,
    fleetctl: (...args) => fleetctlWith({}, ...args),
    fleetctlWith,
    fleetctlUntil: (until, ...args) => fleetctlWith({ until }, ...args),
    file: (name, text = FILE) => writeFile(join(directory, name), text),
    put,
    cutConnections: () => server.closeAllConnections(),
    isFollowed: (unit) => journals.isFollowed(unit),
    log: (unit, message) => journals.log(unit, message),
  };
}

const NO_AUDITS: AuditReader = { read: () => Promise.resolve({ entries: [], missing: [] }) };

/** Runs fleetctl without a cluster. */
export function withoutCluster(...args: readonly string[]): Promise<Finished> {
  return withoutClusterWith({}, ...args);
}

/** The same, with the test's own parts. */
export function withoutClusterWith(own: OwnEnvironment, ...args: readonly string[]): Promise<Finished> {
  return runOnce("/nonexistent", "unix:///nonexistent/fleet.sock", own, args);
}

async function runOnce(
  directory: string,
  endpoint: string,
  { until = () => false, isTerminal = false, variables = {}, ...own }: OwnEnvironment,
  args: readonly string[],
): Promise<Finished> {
  const interrupt = new AbortController();
  const written = { stdout: "", stderr: "" };
  const outputTo = (name: keyof typeof written): Output => ({
    isTerminal,
    columns: undefined,
    write(data) {
      written[name] += typeof data === "string" ? data : Buffer.from(data).toString("utf8");
      if (until(written.stderr, written.stdout)) interrupt.abort(new InterruptedError());
      return true;
    },
    control: () => {},
    drained: () => Promise.resolve(),
    flushed: () => Promise.resolve(),
  });
  const code = await run({
    args,
    variables: { FLEETCTL_ENDPOINT: endpoint, ...variables },
    directory,
    stdin: { isTerminal: false, async *[Symbol.asyncIterator]() {} },
    stdout: outputTo("stdout"),
    stderr: outputTo("stderr"),
    signal: interrupt.signal,
    outputClosed: () => new Promise(() => {}),
    clock: hurriedClock,
    random: () => 0.5,
    host: fakeHost().host,
    connect,
    runProgram: ([program]) => Promise.reject(new Error(`no test asked for ${program ?? ""}`)),
    ...own,
  });
  return { code, ...written };
}

/**
 * The real clock with shorter pauses: one turn of the event loop per 20 ms. The fakes run in this process too and
 * advance with each turn, so this works on slow machines.
 */
const hurriedClock: Clock = {
  ...systemClock,
  async sleep(ms, signal) {
    for (let turn = 0; turn <= ms / 20; turn++) await systemClock.sleep(1, signal);
  },
};

const status: UnitInspector["status"] = async (_, unit) => {
  if (unit.includes("unreachable")) throw new MachineUnreachableError("Machine 113f16a7... does not answer.");
  if (unit.includes("refused")) return { code: 4, text: `Unit ${unit} could not be found.\n` };
  return { code: unit.includes("fails") ? 3 : 0, text: `* ${unit}\n     Loaded: loaded\n\n` };
};

const properties: UnitInspector["properties"] = async (_, unit, names) => {
  if (unit.includes("unreachable")) throw new MachineUnreachableError("Machine 113f16a7... does not answer.");
  const all = [
    { name: "Id", value: unit },
    { name: "MainPID", value: "7" },
    { name: "ExecStart", value: "{ path=/bin/sleep }" },
  ];
  return { ok: true, message: "", properties: all.filter(({ name }) => names.length === 0 || names.includes(name)) };
};

const timers: UnitInspector["timers"] = async () => [
  { unit: "a.timer", activates: "a.service", next: Date.UTC(2026, 10, 30, 12), last: Date.UTC(2026, 10, 29, 12) },
];

const sockets: UnitInspector["sockets"] = async () => [
  {
    unit: "a.socket",
    activates: ["a.service"],
    listens: [
      { type: "Stream", address: "/run/a.sock" },
      { type: "Stream", address: "[::]:80" },
    ],
  },
];

/** A fake systemd: a unit that `recovers` runs once it is started again, one that `fails` fails again. */
function operatorOn(store: Store, actions: string[]): UnitOperator {
  return {
    async act(machine, unit, action) {
      const how = action.kind === "kill" ? ` ${action.signal} ${action.whom}` : "";
      actions.push(`${action.kind} ${unit}@${machine.slice(0, 8)}${how}`);
      if (action.kind === "run") return await playRun(store, machine, unit);
      if (action.kind !== "restart")
        return { ok: !unit.includes("refuses"), message: "Job type reload is not applicable." };
      const key = `state/${machine}/${unit}`;
      const [state] = (await store.range({ prefix: key, exact: true })).entries;
      if (state && unit.includes("recovers")) {
        const value = { ...(JSON.parse(state.value) as object), active: "active", sub: "running", problem: "" };
        await store.txn({ onSuccess: [{ put: key, value: JSON.stringify(value) }] });
      }
      return { ok: !unit.includes("fails"), message: "Its last run ended with exit-code." };
    },
  };
}

/** A fake engine and agent. */
async function playCluster(store: Store, signal: AbortSignal): Promise<void> {
  try {
    for await (const { events } of store.watch({ prefix: "unit/", from: 1 }, signal)) {
      for (const event of events) {
        const name = keyOf(event).slice("unit/".length);
        const unit = event.type === "put" ? (JSON.parse(event.entry.value) as UnitValue) : undefined;
        const machines = name.startsWith("all") ? [MACHINE, OTHER_MACHINE] : [MACHINE];
        for (const machine of machines)
          for (const ops of reactionsTo(machine, name, unit)) await store.txn({ onSuccess: ops }, signal);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw new Error(`the fake cluster failed: ${messageOf(error)}`, { cause: error });
  }
}

interface UnitValue {
  readonly digest: string;
  readonly hash: string;
  readonly desired: "inactive" | "loaded" | "launched";
  readonly restart?: number;
}

function reactionsTo(machine: string, name: string, unit: UnitValue | undefined): readonly (readonly Op[])[] {
  const assignment = `assignment/${machine}/${name}`;
  const state = `state/${machine}/${name}`;
  if (!unit || unit.desired === "inactive" || name.includes("nowhere"))
    return [[{ delete: assignment }], [{ delete: state }]];
  const { digest, hash, desired, restart } = unit;
  const assign: Op = { put: assignment, value: JSON.stringify({ digest, hash, desired, restart }) };
  const say = (fields: object): readonly Op[] => [
    {
      put: state,
      value: JSON.stringify({ hash, load: "loaded", launched: false, problem: "", restarted: restart, ...fields }),
    },
  ];
  const dead = say({ active: "inactive", sub: "dead" });
  if (name.includes("refused"))
    return [
      [assign],
      say({ hash: "", active: "active", sub: "running", problem: "The host has a unit of this name." }),
    ];
  if (desired === "loaded") return [[assign], dead];
  const activating = say({ active: "activating", sub: "start-pre", launched: true });
  if (name.includes("slow")) return [[assign], dead, activating];
  const running = say({ active: "active", sub: "running", launched: true });
  const problem = 'last run ended with result "exit-code"';
  const failed = say({ active: "failed", sub: "failed", launched: true, problem });
  if (name.includes("dies")) return [[assign], dead, running, failed];
  return [[assign], dead, activating, name.includes("fails") || name.includes("recovers") ? failed : running];
}
