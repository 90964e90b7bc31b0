import type { Readable } from "node:stream";
import type { ClusterSnapshot } from "@flotilla/model";
import type { JournalFilter } from "@flotilla/unit";
import type { ClusterChange, KeptEvents } from "@flotilla/registry";
import { FlotillaError } from "@flotilla/runtime";
import type { MachineProbe, PropertiesReport, SocketReport, TimerReport } from "./live-reports.ts";
import type { AuditAnswer, AuditQuery, RecordedEntry } from "../contract/v2/audit.ts";

export type * from "./live-reports.ts";

/** The live copy of the cluster from which the API answers; implemented by ClusterFeed. */
export interface ClusterReader {
  /**
   * Returns the cluster with all writes before this call. The view is live: read it before the next await, or while
   * `isWhole`.
   */
  fresh(signal: AbortSignal): Promise<ClusterSnapshot>;
  /** Returns the view without waiting for recent writes, for callers whose write detects a stale read. */
  latest(signal: AbortSignal): Promise<ClusterSnapshot>;
  /** False while the copy loads a list: then the view mixes two states. */
  readonly isWhole: boolean;
  /** The events in the store. Live: read them as the view. */
  readonly events: KeptEvents;
  /** Calls `listener` after each change of the view. Returns a function that stops this. */
  onChange(listener: () => void): () => void;
  /** Yields every change from revision `from` on. */
  follow(from: number, signal: AbortSignal): AsyncIterable<readonly ClusterChange[]>;
}

/** Lends the live copy to requests. A daemon without requests keeps no copy. */
export interface ClusterSource {
  with<T>(use: (reader: ClusterReader) => Promise<T>): Promise<T>;
}

export interface JournalRequest extends JournalFilter {
  readonly lines: number;
  readonly follow: boolean;
  /** journalctl(1), --output=. */
  readonly output: string;
  /** Replaces `lines`: the entry after which the journal begins, by its `__CURSOR`. */
  readonly cursor?: string | undefined;
}

/** Exit code of `systemctl status` for a unit whose state is unknown (LSB, systemctl(1)). */
export const STATUS_UNKNOWN = 4;

/** The result of `systemctl status`. */
export interface StatusReport {
  /** systemctl's exit code. */
  readonly code: number;
  readonly text: string;
}

/**
 * Reads status and journal of a unit on any machine.
 * @throws MachineUnreachableError if the machine does not answer.
 */
export interface UnitInspector {
  status(machineID: string, unit: string, signal: AbortSignal): Promise<StatusReport>;
  /** Streams the journal until its end or an error. Destroying the stream stops the reading. */
  journal(machineID: string, unit: string, request: JournalRequest, signal: AbortSignal): Promise<Readable>;
  /** @param names the properties to read; none for all. */
  properties(machineID: string, unit: string, names: readonly string[], signal: AbortSignal): Promise<PropertiesReport>;
  /** Reads the cluster's timers on a machine. */
  timers(machineID: string, signal: AbortSignal): Promise<readonly TimerReport[]>;
  /** Measures another machine's clock and certificate by a round trip. Absent where no machine can be asked. */
  readonly probe?: (machineID: string, signal: AbortSignal) => Promise<MachineProbe>;
  /** Reads the cluster's sockets on a machine. */
  sockets(machineID: string, signal: AbortSignal): Promise<readonly SocketReport[]>;
}

/** An action on a unit on its machine, named as in systemctl. */
export type UnitAction =
  | { readonly kind: "kill"; readonly signal: number; readonly whom: "main" | "control" | "all" }
  | { readonly kind: "reset-failed" | "reload" | "restart" }
  /** Starts a run. `id`: the request's, by which a repeated request finds the run that the first one has started. */
  | { readonly kind: "run"; readonly id: string };

export interface ActionReport {
  readonly ok: boolean;
  /** The reason of a failure, or a remark. */
  readonly message: string;
  /** systemd's InvocationID of the run that was started. */
  readonly invocation?: string | undefined;
}

/**
 * Acts on a unit of the cluster on any machine; refuses the host's own units.
 * @throws MachineUnreachableError if the machine does not answer.
 */
export interface UnitOperator {
  act(machineID: string, unit: string, action: UnitAction, signal: AbortSignal): Promise<ActionReport>;
}

/** The cluster's store, as the API shows it. */
export interface StoreReport {
  /** `etcd=URL,...` or `embedded=PATH`. */
  readonly store: string;
  readonly move?: {
    readonly from: string;
    readonly to: string;
    readonly state: "running" | "done" | "failed";
    readonly step: string;
    readonly done: number;
    readonly of: number;
    readonly reason: string;
  };
}

/** The cluster's store as a whole: its database, and a move to another store. */
export interface StoreKeeper {
  report(): StoreReport;
  /**
   * Checks a move to another store and begins it. The daemon then serves no requests until the move has ended.
   * @throws an error with the code `bad-config` or `store-move-refused` and nothing changed; the errors of both stores.
   */
  move(to: string, signal: AbortSignal): Promise<void>;
  /**
   * Returns a consistent copy of the embedded store's database.
   * @throws StoreBackupError if the store is not embedded, or the copy cannot be made.
   */
  backup(signal: AbortSignal): Promise<Readable>;
}

/** There is no copy of the store's database. */
export class StoreBackupError extends FlotillaError {
  readonly code = "no-store-backup";
}

/**
 * Reads what this server has recorded: for its own clients, and for other servers.
 * @throws AuditUnreadableError if it keeps no audit that can be read.
 */
export interface LocalAudit {
  read(query: AuditQuery, signal: AbortSignal): Promise<readonly RecordedEntry[]>;
}

/** Reads what all servers have recorded. */
export interface AuditReader {
  read(query: AuditQuery, signal: AbortSignal): Promise<AuditAnswer>;
}

/** Another machine's daemon cannot be reached or did not answer. */
export class MachineUnreachableError extends FlotillaError {
  readonly code = "machine-unreachable";
}

/** An agent cannot answer a request without a token: only a server can. */
export class TokenNeededError extends FlotillaError {
  readonly code = "token-needed";
}

/** Writes secrets. Nothing reads a value back for a client. */
export interface SecretWriter {
  /**
   * Writes a value.
   * @param how `create`: the secret must not exist, except with this value. `replace`: it must exist.
   * @throws an error with one of the codes secret-not-found, secret-exists, secret-too-large, secrets-key-wrong, conflict.
   */
  write(
    name: string,
    value: Buffer,
    how: "create" | "replace",
    signal?: AbortSignal,
  ): Promise<{ readonly version: number; readonly changed: boolean; readonly revision: number }>;
  /** Deletes a secret. @returns the revision of the result. @throws an error with the code secret-not-found. */
  delete(name: string, signal?: AbortSignal): Promise<number>;
}

/** This daemon keeps no audit that it can read. */
export class AuditUnreadableError extends FlotillaError {
  readonly code = "audit-unreadable";
}
