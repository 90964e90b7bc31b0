import { type ClusterSnapshot, shortMachineID, troublesOf } from "@flotilla/model";
import type { HealthFinding } from "../../contract/v2/health.ts";

/** The most units that are named one by one. */
const MOST_NAMED = 100;

type Reasons = ReadonlyMap<string, readonly string[]>;

/** Returns the units that are wanted and do not run, and those that are set aside because they cannot be read. */
export function unitFindings(snapshot: ClusterSnapshot, reasons: Reasons): readonly HealthFinding[] {
  const findings: HealthFinding[] = [];
  const add = (subject: string, message: string): void => {
    findings.push({ level: "wrong", about: "units", subject, message });
  };
  for (const unit of snapshot.units.values()) {
    for (const { kind, machineID, problem } of troublesOf(snapshot, unit)) {
      const where = machineID === undefined ? "" : ` on ${shortMachineID(machineID)}`;
      const why = problem === "" ? (reasons.get(unit.name) ?? []).join("; ") : problem;
      add(unit.name, `${WORDS[kind]}${where}${why === "" ? "" : `: ${why}`}`);
    }
  }
  for (const name of snapshot.unreadable) add(name, "set aside: its record or file in the store cannot be read");
  const more = findings.length - MOST_NAMED;
  if (more <= 0) return findings;
  const rest = `${more} more; fleetctl list-units names them`;
  return [...findings.slice(0, MOST_NAMED), { level: "wrong", about: "units", subject: "", message: rest }];
}

const WORDS = { unplaced: "has no machine", away: "is away", failed: "does not run", pending: "is not started yet" };
