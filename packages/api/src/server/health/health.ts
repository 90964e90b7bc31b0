import { type ClusterSnapshot, troublesOf } from "@flotilla/model";
import type { HealthAnswer, HealthFinding } from "../../contract/v2/health.ts";
import type { Outcome } from "../answer.ts";
import { type ApiContext, readCluster } from "../context.ts";
import { authorityFindings, probesOf } from "./measure.ts";
import { machineFindings } from "./machine-findings.ts";
import { unitFindings } from "./unit-findings.ts";

/** Tells what is wrong in the cluster. Nothing is measured unless asked. */
export async function getHealth(context: ApiContext, signal: AbortSignal): Promise<Outcome> {
  const began = context.clock.monotonic();
  const seen = await readCluster(context, signal, outline);
  const storeMs = Math.round(context.clock.monotonic() - began);
  const [members, reasons, probes, authority] = await Promise.all([
    context.memberships.list(signal),
    seen.unplaced.length > 0 ? context.explain(seen.unplaced, signal) : new Map<string, readonly string[]>(),
    probesOf(context, seen.machines, signal),
    authorityFindings(context, signal),
  ]);
  const known = await readCluster(context, signal, (snapshot) => ({
    findings: [...unitFindings(snapshot, reasons), ...machineFindings(snapshot, members)],
    leader: snapshot.leader,
    revision: snapshot.revision,
  }));
  const findings = [...known.findings, ...authority, ...probes];
  const health: HealthAnswer = {
    state: stateOf(findings),
    findings,
    machines: seen.machines.length,
    units: seen.wanted,
    ...(known.leader !== undefined && { leader: known.leader }),
    store: context.storeKeeper.report().store,
    storeMs,
  };
  return { status: 200, json: health, revision: known.revision };
}

function outline(snapshot: ClusterSnapshot) {
  const wanted = [...snapshot.units.values()].filter(({ desired }) => desired !== "inactive");
  const unplaced = wanted.filter((unit) => troublesOf(snapshot, unit).some(({ kind }) => kind === "unplaced"));
  return {
    machines: [...snapshot.machines.keys()].toSorted(),
    wanted: wanted.length,
    unplaced: unplaced.map(({ name }) => name),
  };
}

function stateOf(findings: readonly HealthFinding[]): HealthAnswer["state"] {
  if (findings.some(({ level }) => level === "wrong")) return "unhealthy";
  return findings.some(({ level }) => level === "unknown") ? "unknown" : "healthy";
}
