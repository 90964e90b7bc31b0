import type { LocalAudit } from "@flotilla/api";
import type { Parts } from "../member/parts.ts";
import { JournalAuditReader } from "./journal-audit-reader.ts";

/** Reads what this daemon has recorded. */
export function ownAudit({ user, hasJournal, manager }: Pick<Parts, "user" | "hasJournal" | "manager">): LocalAudit {
  const ownUnit = async (signal: AbortSignal): Promise<string | undefined> =>
    (await manager.ownUnit(process.pid, signal))?.name;
  return new JournalAuditReader({ user, hasJournal, ownUnit });
}
