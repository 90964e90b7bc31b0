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
import type { StoreMover } from "../move/store-mover.ts";
import { defaultStorePath } from "../move/store-target.ts";
import { openStore, type StoreBackup } from "./open-store.ts";
import type { CredentialSocket } from "../secrets/credential-socket.ts";

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
  readonly mover: StoreMover;
  readonly credentials: CredentialSocket;
}

/** The parts of one membership: the ports to store and systemd under its configuration, and shared state. */
export interface Parts extends DaemonContext {
  readonly config: FleetdConfig;
  readonly store: Store;
  readonly backup: StoreBackup | undefined;
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
  const { paths, clock, random, log, metrics } = context;
  const contact = new StoreContact(clock);
  const opened = await openStore(config, defaultStorePath(paths.stateDirectory), {
    clock,
    random,
    log: log.child({ part: "store" }),
    onRenewal: (renewed) => {
      metrics.leaseRenewal(renewed);
      contact.note(renewed);
    },
  });
  const store = new ObservedStore(opened.store, clock, metrics.storeCall);
  try {
    const parts = { ...busOf(context), clock, random, log: log.child({ part: "systemd" }) };
    const manager = await openDbusUnitManager(parts, signal);
    return {
      ...context,
      config,
      store,
      backup: opened.backup,
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
