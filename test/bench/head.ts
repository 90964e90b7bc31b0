import { runEngine } from "@flotilla/engine";
import { AssignmentRegistry, ClusterFeed, LeaderSeat, AttendanceRegistry, UnitRegistry } from "@flotilla/registry";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { withGroupCommit } from "@flotilla/store";
import { openEtcdStore } from "@flotilla/store/etcd";

const common = { clock: systemClock, random: Math.random, log: silentLogger };

/** fleetd's default rules for a mass loss. */
const MASS_LOSS = { share: 0.5, least: 3, windowMs: 30_000, holdMs: 600_000 };

/** The number of concurrent submissions, like a client with many open requests. */
const SUBMITS_AT_ONCE = 64;

/** The parts that a cluster has once: the leading engine with its feed, and the registry of units. */
export class Head {
  readonly #stop = new AbortController();
  readonly #store;
  readonly #feed: ClusterFeed;
  readonly #units: UnitRegistry;
  readonly #running: Promise<unknown>;

  private constructor(endpoint: string, onLead: () => void) {
    const store = openEtcdStore({ ...common, endpoints: [endpoint], requestTimeoutMs: 30_000 });
    this.#store = store;
    this.#feed = new ClusterFeed({ ...common, store });
    this.#units = new UnitRegistry(withGroupCommit(store));
    const engine = runEngine(
      {
        ...common,
        seat: new LeaderSeat(store),
        assignments: new AssignmentRegistry(store),
        massLoss: { registry: new AttendanceRegistry(store), rules: MASS_LOSS },
        feeds: { claim: () => ({ feed: this.#feed, release: () => {} }) },
        machineID: "head",
        grantLease: (ttlMs, signal) => store.grant(ttlMs, signal),
        ttlMs: 10_000,
        interval: 2_000,
        observer: { onLead },
      },
      this.#stop.signal,
    );
    this.#running = Promise.all([engine, this.#feed.run(this.#stop.signal)]);
  }

  /** Resolves when the engine is the leader. */
  static async start(endpoint: string): Promise<Head> {
    const leads = Promise.withResolvers<void>();
    const head = new Head(endpoint, leads.resolve);
    await leads.promise;
    await head.#feed.fresh(head.#stop.signal);
    return head;
  }

  get machines(): number {
    return this.#feed.view.machines.size;
  }

  /** Launches units; resolves to the milliseconds until all units are reported active. */
  async startUnits(names: readonly string[], text: string): Promise<number> {
    const begun = performance.now();
    const active = this.#untilActive(names);
    const left = names.values();
    const { units } = this.#feed.view;
    // Edits the units from the feed, as the API does.
    const submit = async (): Promise<void> => {
      for (const name of left)
        await this.#units.edit(name, () => ({ action: "write", text, desired: "launched" }), this.#stop.signal, {
          unit: units.get(name),
        });
    };
    await Promise.all(Array.from({ length: SUBMITS_AT_ONCE }, submit));
    await active;
    return performance.now() - begun;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#store.close();
  }

  #untilActive(names: readonly string[]): Promise<void> {
    const waiting = new Set(names);
    const done = Promise.withResolvers<void>();
    const unlisten = this.#feed.onChange((changes) => {
      for (const change of changes)
        if (change.kind === "state" && change.value?.active === "active") waiting.delete(change.unit);
      if (waiting.size > 0) return;
      unlisten();
      done.resolve();
    });
    return done.promise;
  }
}
