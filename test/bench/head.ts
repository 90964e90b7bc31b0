import { runEngine } from "@flotilla/engine";
import { AssignmentRegistry, ClusterFeed, LeaderSeat, AttendanceRegistry, UnitRegistry } from "@flotilla/registry";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { type Store, withGroupCommit } from "@flotilla/store";

const common = { clock: systemClock, random: Math.random, log: silentLogger };

/** fleetd's default rules for a mass loss. */
const MASS_LOSS = { share: 0.5, least: 3, windowMs: 30_000, holdMs: 600_000 };

/** The number of concurrent submissions, like a client with many open requests. */
const SUBMITS_AT_ONCE = 64;

/** The parts that a cluster has once: the leading engine with its feed, and the registry of units. */
export class Head {
  readonly #stop = new AbortController();
  readonly #feed: ClusterFeed;
  readonly #units: UnitRegistry;

  private constructor(store: Store, onLead: () => void) {
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
    // A rejection ends the process.
    void Promise.all([engine, this.#feed.run(this.#stop.signal)]);
  }

  /** Resolves when the engine is the leader. */
  static async start(store: Store): Promise<Head> {
    const leads = Promise.withResolvers<void>();
    const head = new Head(store, leads.resolve);
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

  /** Launches units in sequence; resolves to the milliseconds from each request until the unit is reported active. */
  async startOneByOne(names: readonly string[], text: string): Promise<number[]> {
    const took: number[] = [];
    for (const name of names) took.push(await this.startUnits([name], text));
    return took;
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
