/**
 * A change that was asked for, or its refusal, for people who look into it later. It never has a secret, nor the text of
 * a unit.
 */
export interface AuditRecord {
  /** The kind of identity: local, open, token, certificate, machine, server or unknown. */
  readonly who: string;
  /** The name of the token, the certificate, the user or the machine. */
  readonly name?: string | undefined;
  readonly tokenID?: string | undefined;
  /** Where the request came from: an address, or the user of the process at the socket. */
  readonly from?: string | undefined;
  /** The ID of the machine whose daemon forwarded the request. */
  readonly via?: string | undefined;
  /** What was asked for, by the name of the right that it needs, such as `start`. */
  readonly verb: string;
  readonly unit?: string | undefined;
  /** What the verb acts on if that is no unit: a machine, a token, a secret, a key. */
  readonly object?: string | undefined;
  /** The store's revision of the change. */
  readonly revision?: number | undefined;
  /** `refused`: the right was missing, or the request was wrong. `failed`: the cluster could not carry it out. */
  readonly result: "done" | "refused" | "failed";
  /** Why it was refused or failed. */
  readonly reason?: string | undefined;
}

/** Where changes and refusals are recorded. Recording never waits and never throws. */
export interface Audit {
  record(record: AuditRecord): void;
}

/** Records nothing: for tests, and for parts without an audit. */
export const noAudit: Audit = { record() {} };
