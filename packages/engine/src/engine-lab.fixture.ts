import assert from "node:assert/strict";
import type { DesiredState, UnitState } from "@flotilla/model";
import {
  AssignmentRegistry,
  ClusterFeed,
  LeaderSeat,
  MachineRegistry,
  nextRestart,
  AttendanceRegistry,
  StateRegistry,
  UnitRegistry,
} from "@flotilla/registry";
import { type LogFields, type Logger, ManualClock, silentLogger } from "@flotilla/runtime";
import type { Lease, Store } from "@flotilla/store";
import { type Call, type Faults, MemoryStore } from "@flotilla/store/memory";
import type { MassLossRules } from "@flotilla/schedule";
import { runEngine } from "./engine.ts";
import { machineRecord } from "./live-feed.fixture.ts";
import type { EngineOptions, FeedSource, PassReport } from "./options.ts";

export const TTL_MS = 10_000;

export interface RunningEngine {
  readonly machineID: string;
  /** Its connection to the store: what it asked, and what is to go wrong. */
  readonly calls: Call[];
  faults: Faults;
  leads: boolean;
  /** How many feeds it holds at this moment. */
  claims: number;
  /** What it told whoever observes it. */
  readonly passes: PassReport[];
  /** As "written place a.service". */
  readonly decided: string[];
  readonly logged: { readonly message: string; readonly fields: LogFields | undefined }[];
  /** Aborts it and waits until it has ended. */
  stop(): Promise<void>;
}

/** A cluster in memory on a clock that is moved by hand, with real engines and the rest played by the test. */
export class EngineLab {
  readonly clock = new ManualClock();
  readonly server = new MemoryStore({ clock: this.clock });
  readonly store: Store = this.server.connect();
  /** What the test sees. */
  readonly feed = this.#newFeed(this.store);
  readonly #units = new UnitRegistry(this.store);
  readonly #leases = new Map<string, Lease>();
  readonly #engines: RunningEngine[] = [];
  readonly #done = new AbortController();

  readonly #rules: MassLossRules | undefined;

  constructor({ massLoss }: { readonly massLoss?: MassLossRules } = {}) {
    this.#rules = massLoss;
    void this.feed.run(this.#done.signal);
  }

  async close(): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.stop()));
    this.#done.abort();
    this.server.close();
  }

  async join(id: string, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
    const lease = this.#leases.get(id) ?? (await this.store.grant(TTL_MS));
    this.#leases.set(id, lease);
    await new MachineRegistry(this.store).register(machineRecord(id, metadata), lease);
  }

  /** The machine's lease is not renewed any more and runs out. */
  async die(id: string): Promise<void> {
    this.#leases.get(id)?.release();
    this.#leases.delete(id);
    await this.until(() => !this.feed.view.machines.has(id), 2 * TTL_MS);
  }

  /** The machine takes its record away on purpose; its lease goes on. */
  async leave(id: string): Promise<void> {
    const lease = this.#leases.get(id);
    assert.ok(lease, `machine ${id} is not in the cluster`);
    await new MachineRegistry(this.store).remove(id, lease);
  }

  /** It does so, and nothing is to be stopped there: its lease ends as well, before anybody has looked. */
  async leaveAtOnce(id: string): Promise<void> {
    await this.leave(id);
    await this.#leases.get(id)?.revoke();
    this.#leases.delete(id);
  }

  /** Several at once, as when a switch fails: the leases run out when their last heartbeats say. */
  async lose(...ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      this.#leases.get(id)?.release();
      this.#leases.delete(id);
    }
    await this.until(() => ids.every((id) => !this.feed.view.machines.has(id)), 2 * TTL_MS);
  }

  /** @param xFleet lines of [X-Fleet]; @param extra makes the file another one. */
  async submit(name: string, desired: DesiredState, xFleet: readonly string[] = [], extra = ""): Promise<void> {
    const text = ["[Service]", `ExecStart=/bin/sleep 1${extra}`, "[X-Fleet]", ...xFleet, ""].join("\n");
    await this.#units.edit(name, () => ({ action: "write", text, desired }));
  }

  /** @returns the request's number. */
  async restart(name: string): Promise<number> {
    let restart = 0;
    await this.#units.edit(name, (current) => {
      assert.ok(current, `unit ${name} is not there`);
      restart = nextRestart(current);
      return { action: "write", desired: "launched", restart };
    });
    return restart;
  }

  async destroy(name: string): Promise<void> {
    await this.#units.edit(name, () => ({ action: "destroy" }));
  }

  /** What an agent publishes once the unit runs. */
  started(name: string, machineID: string, differences: Partial<UnitState> = {}): Promise<void> {
    return this.#publish(name, machineID, differences);
  }

  /** What an agent publishes once systemd has started the unit as often as it may; other agents have removed theirs. */
  /** @param differences from systemd having started it as often as it may. */
  async gaveUp(name: string, machineID: string, differences: Partial<UnitState> = {}): Promise<void> {
    for (const [id, lease] of this.#leases) {
      if (id === machineID) continue;
      const states = new StateRegistry(this.store, id);
      await states.publish(new Map([[name, undefined]]), await states.claim(lease.id));
    }
    const crashed = { active: "failed", sub: "failed", gaveUp: true, problem: "It crashed." };
    await this.#publish(name, machineID, { ...crashed, ...differences });
  }

  async #publish(name: string, machineID: string, differences: Partial<UnitState>): Promise<void> {
    const lease = this.#leases.get(machineID);
    assert.ok(lease, `machine ${machineID} is not in the cluster`);
    const state: UnitState = {
      name,
      machineID,
      hash: this.feed.view.units.get(name)?.hash ?? "",
      load: "loaded",
      active: "active",
      sub: "running",
      launched: true,
      restarted: 0,
      gaveUp: false,
      cleared: 0,
      problem: "",
      ...differences,
    };
    const states = new StateRegistry(this.store, machineID);
    await states.publish(new Map([[name, state]]), await states.claim(lease.id));
  }

  /** @param heardSince since when the machine has the store back; it was never away without it. */
  start(machineID: string, heardSince: () => number | undefined = () => undefined): RunningEngine {
    const stopped = new AbortController();
    const engine: RunningEngine = {
      machineID,
      calls: [],
      faults: {},
      leads: false,
      claims: 0,
      passes: [],
      decided: [],
      logged: [],
      stop: async () => stopped.abort(),
    };
    const store = this.server.connect({
      faults: {
        before: async (call, signal) => {
          engine.calls.push(call);
          await engine.faults.before?.(call, signal);
        },
        after: async (call, signal) => engine.faults.after?.(call, signal),
      },
    });
    const ended = runEngine({ ...this.#options(engine, store), heardSince }, stopped.signal);
    engine.stop = async () => {
      stopped.abort();
      let running = true;
      void ended.finally(() => (running = false));
      await this.until(() => !running);
      await ended;
    };
    this.#engines.push(engine);
    return engine;
  }

  /** Moves the clock in small steps until `condition` holds. */
  async until(condition: () => boolean, withinMs = 30_000): Promise<void> {
    for (let waited = 0; !condition(); waited += 10) {
      assert.ok(waited < withinMs, `not so within ${withinMs} ms: ${condition.toString()}`);
      await this.clock.advance(10);
    }
  }

  /** "a.service m1", with "leaving" after a copy that is; sorted. */
  places(): string[] {
    const all = [...this.feed.view.assignments.values()].flatMap((places) => [...places.values()]);
    return all.map(({ unit, machineID, leaving }) => `${unit} ${machineID}${leaving ? " leaving" : ""}`).sort();
  }

  async untilPlaces(...expected: readonly string[]): Promise<void> {
    const wanted = expected.join(", ");
    await this.until(() => this.places().join(", ") === wanted).catch(() => assert.deepEqual(this.places(), expected));
  }

  #options(engine: RunningEngine, store: Store): EngineOptions {
    return {
      seat: new LeaderSeat(store),
      assignments: new AssignmentRegistry(store, () => this.clock.wall()),
      ...(this.#rules && { massLoss: { attendance: new AttendanceRegistry(store), rules: this.#rules } }),
      feeds: this.#feedsOf(engine, store),
      machineID: engine.machineID,
      grantLease: (ttlMs, signal) => store.grant(ttlMs, signal),
      ttlMs: TTL_MS,
      machineTtlMs: TTL_MS,
      interval: 2_000,
      clock: this.clock,
      random: () => 0.5,
      log: recorder(engine),
      onLead: (leads) => (engine.leads = leads),
      onPass: (pass) => engine.passes.push(pass),
      onDecisions: (outcome, decisions) => {
        for (const { kind, unit } of decisions) engine.decided.push(`${outcome} ${kind} ${unit}`);
      },
    };
  }

  #feedsOf(engine: RunningEngine, store: Store): FeedSource {
    return {
      claim: () => {
        const feed = this.#newFeed(store);
        const stop = new AbortController();
        void feed.run(stop.signal);
        engine.claims += 1;
        return {
          feed,
          release: () => {
            engine.claims -= 1;
            stop.abort();
          },
        };
      },
    };
  }

  #newFeed(store: Store): ClusterFeed {
    return new ClusterFeed({ store, clock: this.clock, random: () => 0.5, log: silentLogger });
  }
}

function recorder(engine: Pick<RunningEngine, "logged">): Logger {
  const info = (message: string, fields?: LogFields): void => void engine.logged.push({ message, fields });
  return { ...silentLogger, info, warn: info, error: info, child: () => recorder(engine) };
}

export function txnsOf(engine: RunningEngine): Extract<Call, { type: "txn" }>[] {
  return engine.calls.filter((call) => call.type === "txn");
}
