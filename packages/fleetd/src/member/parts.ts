import { join } from "node:path";
import { StoreContact } from "@flotilla/engine";
import type { CertificateMaker } from "@flotilla/membership";
import type { Clock, Logger } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";
import { type DbusUnitManager, openDbusUnitManager } from "@flotilla/systemd/dbus";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import type { MachineFacts } from "../host/machine-facts.ts";
import type { DaemonPaths } from "../host/paths.ts";
import type { DaemonMetrics } from "../metrics/daemon-metrics.ts";
import { ObservedStore } from "../metrics/observed-store.ts";
import { openStore } from "./open-store.ts";

/** The parts of the daemon that survive a change of configuration. */
export interface DaemonContext {
  readonly paths: DaemonPaths;
  /** Manages units of the user's systemd. */
  readonly user: boolean;
  readonly facts: MachineFacts;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: DaemonMetrics;
  readonly certificates: CertificateMaker;
}

/** The parts of one membership: the ports to store and systemd under its configuration, and shared state. */
export interface Parts extends DaemonContext {
  readonly config: FleetdConfig;
  readonly store: Store;
  readonly manager: DbusUnitManager;
  readonly contact: StoreContact;
  close(): Promise<void>;
}

/**
 * Opens the parts of a membership.
 * @throws ConfigError if a configured file is unusable; UnitManagerUnavailableError if systemd does not answer; the
 * signal's reason.
 */
export async function openParts(context: DaemonContext, config: FleetdConfig, signal: AbortSignal): Promise<Parts> {
  const { paths, user, facts, clock, random, log, metrics, certificates } = context;
  const contact = new StoreContact(clock);
  const bare = await openStore(config, join(paths.stateDirectory, "store.db"), {
    clock,
    random,
    log: log.child({ part: "store" }),
    onRenewal: (renewed) => {
      metrics.leaseRenewal(renewed);
      contact.note(renewed);
    },
  });
  const store = new ObservedStore(bare, clock, metrics.storeCall);
  try {
    const parts = { ...busOf(context), clock, random, log: log.child({ part: "systemd" }) };
    const manager = await openDbusUnitManager(parts, signal);
    return {
      paths,
      user,
      facts,
      clock,
      random,
      log,
      metrics,
      certificates,
      config,
      store,
      manager,
      contact,
      close: async () => {
        await Promise.all([manager.close(), store.close()]);
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function busOf({ user, paths }: DaemonContext) {
  return user ? ({ bus: "session", runtimeDir: paths.userRuntimeDirectory } as const) : ({ bus: "system" } as const);
}
