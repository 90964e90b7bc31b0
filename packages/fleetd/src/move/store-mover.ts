import { copyStore, StoreMoveRefusedError, StoreMoves } from "@flotilla/registry";
import { type Clock, logFailure, type Logger, messageOf } from "@flotilla/runtime";
import type { LeaseCalls, Store } from "@flotilla/store";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import { storeName, type StoreTarget } from "./store-target.ts";

/** A move of the cluster to another store, as the API shows it. */
export interface MoveReport {
  readonly from: string;
  readonly to: string;
  readonly state: "running" | "done" | "failed";
  /** What the daemon does now, or did last. */
  readonly step: string;
  /** Keys that were copied or checked, out of all; both 0 before the copy begins. */
  readonly done: number;
  readonly of: number;
  /** Why the move failed; empty otherwise. */
  readonly reason: string;
}

type LeasedStore = Store & LeaseCalls;

export interface StoreMoverOptions {
  readonly machineID: string;
  readonly defaultPath: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Reads the name of a store that people wrote. Throws ConfigError. */
  readonly targetOf: (text: string) => Promise<StoreTarget>;
  /** Opens a store with the cluster's revisions. */
  readonly open: (config: FleetdConfig) => Promise<LeasedStore>;
  /** Opens a store with its own revisions. */
  readonly openBare: (config: FleetdConfig) => Promise<LeasedStore>;
}

/** How long other servers of etcd have to notice that they must not serve, milliseconds. */
const NOTICE_MS = 1_000;

/**
 * The share of `agent_ttl` that the copy may take. No lease is renewed meanwhile, and a machine gives up its lease after
 * nine tenths of its TTL.
 */
const SHARE_OF_TTL = 1 / 3;

/**
 * Moves the cluster to another store. The API starts a move; the daemon ends its membership, lets this class copy the
 * store, and begins a membership again. Until the original is marked as gone, a failure leaves everything as it was.
 */
export class StoreMover {
  readonly #options: StoreMoverOptions;
  #target: StoreTarget | undefined;
  #requested = new AbortController();
  #report: MoveReport | undefined;

  constructor(options: StoreMoverOptions) {
    this.#options = options;
  }

  /** The latest move since the daemon has started. */
  get report(): MoveReport | undefined {
    return this.#report;
  }

  /** Aborts when a move was requested: the membership must end. */
  get requested(): AbortSignal {
    return this.#requested.signal;
  }

  /**
   * Checks a move and requests it.
   * @param config the present configuration.
   * @param store the present store.
   * @throws ConfigError; StoreMoveRefusedError; the errors of both stores. Nothing has changed then.
   */
  async request(text: string, config: FleetdConfig, store: Store, signal: AbortSignal): Promise<void> {
    const { machineID, defaultPath, targetOf, openBare } = this.#options;
    if (this.#target) throw new StoreMoveRefusedError("the cluster is moving to another store already; wait");
    const from = storeName(config, defaultPath);
    const target = await targetOf(text);
    if (target.name === from) throw new StoreMoveRefusedError(`the cluster's store is ${from} already`);
    if (config.store === "etcd") await requireSingleServer(new StoreMoves(store), machineID, signal);
    const other = await openBare(target.config);
    try {
      await new StoreMoves(other).requireUnused(signal);
    } finally {
      await other.close();
    }
    this.#target = target;
    this.#report = {
      from,
      to: target.name,
      state: "running",
      step: "checked the other store",
      done: 0,
      of: 0,
      reason: "",
    };
    this.#requested.abort();
  }

  /**
   * Makes the requested move, between two memberships. Never throws: `report` has the result.
   * @param config the configuration of the membership that has ended.
   */
  async move(config: FleetdConfig): Promise<void> {
    const target = this.#target;
    const { clock, log } = this.#options;
    this.#target = undefined;
    this.#requested = new AbortController();
    if (!target) return;
    const over = new AbortController();
    const limitMs = config.agent_ttl * SHARE_OF_TTL;
    const limit = clock.after(limitMs, () =>
      over.abort(
        new StoreMoveRefusedError(
          `copying the store takes longer than ${Math.round(limitMs / 1000)} s, a third of agent_ttl; raise agent_ttl on ` +
            "all machines, or move at a calmer time",
        ),
      ),
    );
    try {
      await this.#copy(config, target, over.signal);
    } catch (error) {
      logFailure(log, "the cluster stays in its store; the move has failed", error, { to: target.name });
      this.#show({ state: "failed", reason: messageOf(error) });
    } finally {
      limit();
    }
  }

  /** Called when the daemon uses the other store. @param from the store that the cluster has left. */
  noteDone(from: string, to: string): void {
    const { done = 0, of = 0 } = this.#report ?? {};
    this.#report = { from, to, state: "done", step: "in use", done, of, reason: "" };
  }

  async #copy(config: FleetdConfig, target: StoreTarget, signal: AbortSignal): Promise<void> {
    const { open, openBare } = this.#options;
    const from = await open(config);
    try {
      const to = await openBare(target.config);
      try {
        await this.#copyBetween({ from, to, config, target }, signal);
      } finally {
        await to.close();
      }
    } finally {
      await from.close();
    }
  }

  async #copyBetween(
    { from, to, config, target }: { from: LeasedStore; to: LeasedStore; config: FleetdConfig; target: StoreTarget },
    signal: AbortSignal,
  ): Promise<void> {
    const { machineID, defaultPath, clock, log } = this.#options;
    const [leaving, arriving] = [new StoreMoves(from), new StoreMoves(to)];
    this.#show({ step: "stopping writes" });
    await leaving.leave(machineID, target.name, signal);
    try {
      if (config.store === "etcd") {
        await clock.sleep(NOTICE_MS, signal);
        await requireSingleServer(leaving, machineID, signal);
      }
      await arriving.arrive(machineID, storeName(config, defaultPath), signal);
      this.#show({ step: "copying" });
      const onProgress = (done: number, of: number): void => this.#show({ done, of });
      const revision = await copyStore({ from, to, onProgress }, signal);
      if (await leaving.hasChanged(revision, signal))
        throw new StoreMoveRefusedError("another daemon has written to the store during the copy; stop that daemon");
    } catch (error) {
      // Servers of a store that cannot be reached take the mark back themselves: see `untilUsable`.
      await leaving.stay().catch((failure: unknown) => logFailure(log, "cannot take back the move", failure));
      throw error;
    }
    // The move is decided here. Without an answer, the next membership reads which store is the cluster's.
    this.#show({ step: "switching" });
    await leaving.goAway(machineID, target.name);
    log.info("the store was copied", { to: target.name });
  }

  #show(change: Partial<MoveReport>): void {
    if (this.#report) this.#report = { ...this.#report, ...change };
  }
}

/** @throws StoreMoveRefusedError naming the machines that use the store themselves. */
async function requireSingleServer(moves: StoreMoves, machineID: string, signal: AbortSignal): Promise<void> {
  const others = await moves.otherServers(machineID, signal);
  if (others.length > 0)
    throw new StoreMoveRefusedError(
      `other machines use the store, too: ${others.join(", ")}; stop their daemons or make them agents first ` +
        "(servers= in fleet.conf)",
    );
}
