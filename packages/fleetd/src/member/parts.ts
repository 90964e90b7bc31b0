import type { Socket } from "node:net";
import { StoreContact } from "@flotilla/engine";
import type { CertificateMaker } from "@flotilla/membership";
import type { Capabilities } from "@flotilla/model";
import type { Audit, Clock, Logger } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";
import { type DbusUnitManager, openDbusUnitManager } from "@flotilla/systemd/dbus";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import type { ApiTls } from "../http/api-tls.ts";
import { readCapabilities } from "../host/capabilities.ts";
import type { ProcessAtSocket } from "../host/process-at-socket.ts";
import type { MachineFacts } from "../host/machine-facts.ts";
import type { DaemonPaths } from "../host/paths.ts";
import type { DaemonMetrics } from "../metrics/daemon-metrics.ts";
import { ObservedStore } from "../metrics/observed-store.ts";
import type { StoreMover } from "../move/store-mover.ts";
import { type Access, closeAccess, openAccess } from "./open-access.ts";
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
  /** Whether the log goes to the journal. */
  readonly hasJournal: boolean;
  readonly audit: Audit;
  readonly processAt: (socket: Socket) => ProcessAtSocket | undefined;
  readonly metrics: DaemonMetrics;
  readonly certificates: CertificateMaker;
  /** The certificates of the API's listeners. */
  readonly apiTls: ApiTls;
  /** Whether the API has a listener without authentication; other daemons show that. */
  readonly isApiOpen: boolean;
  readonly mover: StoreMover;
  readonly credentials: CredentialSocket;
}

/** The parts of one membership: the ports to store and systemd under its configuration, and shared state. */
export interface Parts extends DaemonContext {
  readonly config: FleetdConfig;
  readonly access: Access;
  /** The store of `access`, with its calls counted. */
  readonly store: Store;
  readonly manager: DbusUnitManager;
  /** Read again for each membership, so that a reload of the daemon finds what was installed. */
  readonly capabilities: Capabilities;
  readonly contact: StoreContact;
  close(): Promise<void>;
}

/** The parts of a server. */
export interface ServerParts extends Parts {
  readonly access: Extract<Access, { readonly role: "server" }>;
}

/**
 * Opens the parts of a membership.
 * @throws ConfigError if a configured file is unusable; UnitManagerUnavailableError if systemd does not answer; the
 * signal's reason.
 */
export async function openParts(context: DaemonContext, config: FleetdConfig, signal: AbortSignal): Promise<Parts> {
  const { paths, facts, clock, random, log, metrics } = context;
  const contact = new StoreContact(clock);
  const host = { paths, machineID: facts.id };
  const access = await openAccess(config, host, {
    clock,
    random,
    log: log.child({ part: "store" }),
    onRenewal: (renewed) => {
      metrics.leaseRenewal(renewed);
      contact.note(renewed);
    },
  });
  const store = new ObservedStore(access.store, clock, metrics.storeCall);
  try {
    const parts = { ...busOf(context), clock, random, log: log.child({ part: "systemd" }) };
    const manager = await openDbusUnitManager(parts, signal);
    return {
      ...context,
      config,
      certificates: context.certificates.lasting(config.certificate_life),
      access,
      store,
      manager,
      capabilities: await readCapabilities(await manager.systemdVersion(signal)),
      contact,
      close: async () => {
        await Promise.all([manager.close(), closeAccess(access)]);
      },
    };
  } catch (error) {
    await closeAccess(access);
    throw error;
  }
}

function busOf({ user, paths }: DaemonContext) {
  return user ? ({ bus: "session", runtimeDir: paths.userRuntimeDirectory } as const) : ({ bus: "system" } as const);
}
