import type { Audit, AuditRecord, Clock, LogFields, Logger } from "@flotilla/runtime";
import { AUDIT_FIELDS } from "./audit-fields.ts";

/** Refusals and failures that are recorded within a second. A client can cause any number of them. */
const REFUSALS_A_SECOND = 100;

/** The most characters of a reason. */
const LONGEST_REASON = 500;

/**
 * Records changes and refusals in the log: in the journal, each is an entry with the fields FLEET_AUDIT=1,
 * FLEET_AUDIT_WHO and so on (docs/reference/audit.md). The log drops and counts entries that the journal rejects.
 */
export class JournalAudit implements Audit {
  readonly #log: Logger;
  readonly #clock: Clock;
  #refusals = 0;
  #isCounting = false;

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  record(record: AuditRecord): void {
    if (record.result === "done") this.#log.info("audit: the cluster was changed", fieldsOf(record));
    else if (this.#isWithinLimit()) this.#log.info("audit: a request was refused or failed", fieldsOf(record));
  }

  #isWithinLimit(): boolean {
    this.#refusals += 1;
    if (!this.#isCounting) {
      this.#isCounting = true;
      this.#clock.after(1_000, () => this.#endSecond());
    }
    return this.#refusals <= REFUSALS_A_SECOND;
  }

  #endSecond(): void {
    const dropped = this.#refusals - REFUSALS_A_SECOND;
    this.#refusals = 0;
    this.#isCounting = false;
    if (dropped <= 0) return;
    const reason = `${dropped} more requests were refused or failed within one second`;
    this.#log.warn(
      "audit: refusals were not recorded, because there were too many",
      fieldsOf({ who: "server", verb: "record", result: "failed", reason }),
    );
  }
}

function fieldsOf(record: AuditRecord): LogFields {
  const shown = { ...record, reason: record.reason?.slice(0, LONGEST_REASON) };
  const fields: Record<string, string | number> = { audit: 1 };
  for (const [name, field] of Object.entries(AUDIT_FIELDS)) {
    const value = shown[name as keyof AuditRecord];
    if (value !== undefined) fields[field] = value;
  }
  return fields;
}
