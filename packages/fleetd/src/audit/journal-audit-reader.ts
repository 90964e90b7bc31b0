import { type AuditQuery, AuditUnreadableError, type LocalAudit, type RecordedEntry } from "@flotilla/api";
import { type JournalFields, readEntries } from "@flotilla/systemd";
import { journalField } from "../logging/journal-logger.ts";
import { AUDIT_FIELDS } from "./audit-fields.ts";

export interface JournalAuditReaderOptions {
  /** Whether this process logs to the journal. */
  readonly hasJournal: boolean;
  /** Whether this is the daemon of a user's systemd. */
  readonly user: boolean;
  /** Returns the name of the unit that this process belongs to. */
  readonly ownUnit: (signal: AbortSignal) => Promise<string | undefined>;
}

/** Reads the audit that this daemon, and earlier processes of its unit, have written to the host's journal. */
export class JournalAuditReader implements LocalAudit {
  readonly #options: JournalAuditReaderOptions;

  constructor(options: JournalAuditReaderOptions) {
    this.#options = options;
  }

  async read(query: AuditQuery, signal: AbortSignal): Promise<readonly RecordedEntry[]> {
    const { hasJournal, user } = this.#options;
    if (user)
      throw new AuditUnreadableError(
        "this fleetd is a user's, and its audit is in the user's journal; run journalctl --user FLEET_AUDIT=1",
      );
    const unit = hasJournal ? await this.#options.ownUnit(signal) : undefined;
    if (unit === undefined)
      throw new AuditUnreadableError(
        "this fleetd does not log to the journal as a unit of systemd, so its audit is only where its log goes",
      );
    const entries = await readEntries(
      {
        matches: matchesFor(query, unit),
        last: query.limit,
        since: query.since === undefined ? undefined : Date.parse(query.since) / 1000,
        fields: Object.values(AUDIT_FIELDS).map(journalField),
      },
      signal,
    );
    return entries.map(entryIn);
  }
}

/** Any process on the host can write an entry with FLEET_AUDIT=1; the field _SYSTEMD_UNIT is the journal's own. */
function matchesFor({ by, unit }: AuditQuery, ownUnit: string): readonly JournalFields[] {
  const all = {
    _SYSTEMD_UNIT: ownUnit,
    FLEET_AUDIT: "1",
    ...(unit !== undefined && { [journalField(AUDIT_FIELDS.unit)]: unit }),
  };
  if (by === undefined) return [all];
  return [AUDIT_FIELDS.name, AUDIT_FIELDS.tokenID, AUDIT_FIELDS.who].map((field) => ({
    ...all,
    [journalField(field)]: by,
  }));
}

function entryIn(fields: JournalFields): RecordedEntry {
  const texts = Object.entries(AUDIT_FIELDS).flatMap(([name, field]) => {
    const value = fields[journalField(field)];
    return value === undefined ? [] : [[name, name === "revision" ? Number(value) : value] as const];
  });
  const time = new Date(Number(fields["__REALTIME_TIMESTAMP"]) / 1000).toISOString();
  return { who: "", verb: "", result: "done", ...Object.fromEntries(texts), time };
}
