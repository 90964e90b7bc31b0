import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { TestContext } from "node:test";
import { createApi, type UnitInspector } from "@flotilla/api";
import { ClusterFeed, MachineSettingsRegistry, UnitRegistry } from "@flotilla/registry";
import { type Clock, messageOf, silentLogger, systemClock } from "@flotilla/runtime";
import type { Op, Store } from "@flotilla/store";
import { MemoryStore } from "@flotilla/store/memory";
import { connect } from "./cluster/connect.ts";
import { InterruptedError } from "./command-error.ts";
import type { Output } from "./environment.ts";
import { run } from "./run.ts";

export const MACHINE = "113f16a7".padEnd(32, "0");
export const OTHER_MACHINE = "85c0c595".padEnd(32, "0");

/** A unit file that asks for nothing. */
export const FILE = "[Service]\nExecStart=/bin/sleep 1000\n";

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TestCluster {
  readonly store: Store;
  /** Where fleetctl runs. */
  readonly directory: string;
  readonly endpoint: string;
  /** Runs fleetctl against the cluster, as the process does but for the process itself. */
  fleetctl(...args: readonly string[]): Promise<Finished>;
  /** The same; `until` is asked after every piece of output, and Ctrl-C is pressed once it is true. */
  fleetctlUntil(until: (stderr: string, stdout: string) => boolean, ...args: readonly string[]): Promise<Finished>;
  file(name: string, text?: string): Promise<void>;
  put(key: string, value: unknown): Promise<void>;
  /** Ends every connection to the API, as a restart of the daemon does. */
  cutConnections(): void;
}

/**
 * The real API on a store in memory, behind a unix socket. The engine and the agent are played by a few lines that
 * do at once what is asked, by the unit's name: `nowhere` is never placed, `fails` fails to start, `slow` stays
 * activating, `refused` is kept off the machine by a unit of its own.
 */
export async function testCluster(t: TestContext): Promise<TestCluster> {
  const stop = new AbortController();
  const memory = new MemoryStore({ clock: systemClock });
  const store = memory.connect();
  const common = { clock: systemClock, random: () => 0.5, log: silentLogger };
  const feed = new ClusterFeed({ store, ...common });
  const api = await createApi({
    units: new UnitRegistry(store),
    settings: new MachineSettingsRegistry(store),
    cluster: { with: (use) => use(feed) },
    inspector,
    operator: { act: async (_, unit, { kind }) => ({ ok: !unit.includes("fails"), message: `${kind} of ${unit}` }) },
    explain: (_, unit) => (unit.includes("nowhere") ? ["2 machines: metadata region=eu missing"] : []),
    machineID: MACHINE,
    version: "1.2.3",
    tokenLimit: 100,
    availability: () => undefined,
    clock: systemClock,
    log: silentLogger,
  });
  const directory = await mkdtemp(join(tmpdir(), "fleetctl-"));
  const socketPath = join(directory, "fleet.sock");
  const server = http.createServer(api.handler);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const put = async (key: string, value: unknown): Promise<void> => {
    await store.txn({ onSuccess: [{ put: key, value: JSON.stringify(value) }] });
  };
  for (const [id, primaryIP] of [
    [MACHINE, "172.17.8.103"],
    [OTHER_MACHINE, "172.17.8.102"],
  ] as const) {
    await put(`machine/${id}`, { id, primaryIP, metadata: { region: "us", disk: "ssd" }, version: "1.2.3" });
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
  const fleetctlUntil: TestCluster["fleetctlUntil"] = (until, ...args) => runOnce(directory, endpoint, until, args);
  return {
    store,
    directory,
    endpoint,
    fleetctl: (...args) => fleetctlUntil(() => false, ...args),
    fleetctlUntil,
    file: (name, text = FILE) => writeFile(join(directory, name), text),
    put,
    cutConnections: () => server.closeAllConnections(),
  };
}

/** Runs without a cluster: for what must not need one. */
export function withoutCluster(...args: readonly string[]): Promise<Finished> {
  return runOnce("/nonexistent", "unix:///nonexistent/fleet.sock", () => false, args);
}

async function runOnce(
  directory: string,
  endpoint: string,
  until: (stderr: string, stdout: string) => boolean,
  args: readonly string[],
): Promise<Finished> {
  const interrupt = new AbortController();
  const written = { stdout: "", stderr: "" };
  const outputTo = (name: keyof typeof written): Output => ({
    isTerminal: false,
    columns: undefined,
    write(data) {
      written[name] += typeof data === "string" ? data : Buffer.from(data).toString("utf8");
      if (until(written.stderr, written.stdout)) interrupt.abort(new InterruptedError());
      return true;
    },
    drained: () => Promise.resolve(),
  });
  const code = await run({
    args,
    variables: { FLEETCTL_ENDPOINT: endpoint },
    directory,
    stdout: outputTo("stdout"),
    stderr: outputTo("stderr"),
    signal: interrupt.signal,
    clock: hurriedClock,
    connect,
  });
  return { code, ...written };
}

/** The real one but for its pauses, so that a grace of seconds is over soon. */
const hurriedClock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 20, signal) };

const inspector: UnitInspector = {
  status: async (_, unit) => ({ code: unit.includes("fails") ? 3 : 0, text: `* ${unit}\n     Loaded: loaded\n\n` }),
  journal: async (_, unit, { lines, follow }) => Readable.from(journalOf(`${lines} lines of ${unit}\n`, follow)),
};

async function* journalOf(text: string, follow: boolean): AsyncGenerator<string> {
  yield text;
  if (follow) await new Promise(() => {});
}

/** Plays the engine and the agent. */
async function playCluster(store: Store, signal: AbortSignal): Promise<void> {
  try {
    for await (const { events } of store.watch({ prefix: "unit/", from: 1 }, signal)) {
      for (const event of events) {
        const name = (event.type === "put" ? event.entry.key : event.key).slice("unit/".length);
        const unit = event.type === "put" ? (JSON.parse(event.entry.value) as UnitValue) : undefined;
        for (const ops of reactionsTo(name, unit)) await store.txn({ onSuccess: ops }, signal);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw new Error(`the played cluster fell over: ${messageOf(error)}`, { cause: error });
  }
}

interface UnitValue {
  readonly digest: string;
  readonly hash: string;
  readonly desired: "inactive" | "loaded" | "launched";
}

function reactionsTo(name: string, unit: UnitValue | undefined): readonly (readonly Op[])[] {
  const assignment = `assignment/${MACHINE}/${name}`;
  const state = `state/${MACHINE}/${name}`;
  if (!unit || unit.desired === "inactive" || name.includes("nowhere"))
    return [[{ delete: assignment }], [{ delete: state }]];
  const { digest, hash, desired } = unit;
  const assign: Op = { put: assignment, value: JSON.stringify({ digest, hash, desired }) };
  const say = (fields: object): readonly Op[] => [
    { put: state, value: JSON.stringify({ hash, load: "loaded", launched: false, problem: "", ...fields }) },
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
  const problem = 'Its last run ended with the result "exit-code".';
  const end = name.includes("fails")
    ? say({ active: "failed", sub: "failed", launched: true, problem })
    : say({ active: "active", sub: "running", launched: true });
  return [[assign], dead, activating, end];
}
