import type { AuditRecord } from "@flotilla/runtime";

/** The field of the log for each part of a record. In the journal, `auditWho` is FLEET_AUDIT_WHO. */
export const AUDIT_FIELDS: Readonly<Record<keyof AuditRecord, string>> = {
  who: "auditWho",
  name: "auditName",
  tokenID: "auditToken",
  from: "auditFrom",
  via: "auditVia",
  verb: "auditVerb",
  unit: "auditUnit",
  object: "auditObject",
  revision: "auditRevision",
  result: "auditResult",
  reason: "auditReason",
};
