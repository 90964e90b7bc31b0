import { type ClusterChange, type ClusterView, type Leadership, LeadershipLostError } from "@flotilla/registry";
import { hasRestarted, type MachineID, type Unit, type UnitState } from "@flotilla/model";
import { Nudge, reconcileLoop } from "@flotilla/runtime";
import { campaign } from "./election.ts";
import { FileSweeper } from "./file-sweeper.ts";
import { GhostSweeper } from "./ghost-sweeper.ts";
import { KeptPlan } from "./kept-plan.ts";
import type { EngineOptions } from "./options.ts";
import { Patience } from "./patience.ts";
import { Reconciler } from "./reconciler.ts";
import { RollCall } from "./roll-call.ts";

/**
 * Stands for leader, and while it leads keeps every unit's assignments as the scheduler decides.
 * Resolves when `signal` aborts, with the seat given back.
 */
export function runEngine(options: EngineOptions, signal: AbortSignal): Promise<void> {
  return campaign({ ...options, lead: (leadership, term) => lead(options, leadership, term) }, signal);
}

async function lead(options: EngineOptions, leadership: Leadership, signal: AbortSignal): Promise<void> {
  const { assignments, machineID, clock, random, interval, log, onPass, onDecisions, onDisagreement } = options;
  const claim = options.feeds.claim();
  const { feed } = claim;
  const nudge = new Nudge();
  const unseated = new AbortController();
  const sweeper = new FileSweeper({ assignments, leadership, clock });
  const ghosts = new GhostSweeper({ assignments, leadership, clock });
  const rollCall = rollCallOf(options, leadership);
  const patience = new Patience({ exclusiveMs: 60_000, machineTtlMs: 30_000, ...options });
  const plan = new KeptPlan({ interval, clock, log, ...(onDisagreement && { onDisagreement }) });
  const reconciler = new Reconciler({
    assignments,
    leadership,
    machineID,
    feed,
    nudge,
    log,
    rollCall,
    patience,
    plan,
    ...(onDecisions && { onDecisions }),
  });
  const stopListening = feed.onChange((changes) => {
    for (const part of [sweeper, patience, plan, rollCall]) part?.note(changes);
    if (changes.some((change) => isRelevant(change, feed.view, machineID))) nudge.poke();
  });
  const pass = async (term: AbortSignal): Promise<void> => {
    const begun = clock.monotonic();
    const report = (failed: boolean): void => onPass?.({ durationMs: clock.monotonic() - begun, failed });
    try {
      const idle = await reconciler.pass(term);
      if (idle && feed.isWhole) await sweeper.sweep(feed.view, term);
      if (idle && feed.isWhole) await ghosts.sweep(feed.view, term);
      report(false);
    } catch (error) {
      if (!term.aborted) report(true);
      if (error instanceof LeadershipLostError) {
        log.warn("the leader's seat is lost", { term: leadership.term });
        unseated.abort(error);
      }
      throw error;
    }
  };
  try {
    await reconcileLoop({ pass, nudge, interval, clock, random, log }, AbortSignal.any([signal, unseated.signal]));
  } finally {
    stopListening();
    claim.release();
  }
}

function rollCallOf(options: EngineOptions, leadership: Leadership): RollCall | undefined {
  const { massLoss, clock, random, log, onHold, heardSince = () => undefined } = options;
  return (
    massLoss && new RollCall({ ...massLoss, leadership, clock, random, log, heardSince, ...(onHold && { onHold }) })
  );
}

/**
 * Of unit states only those decide anything that say of a failure, that a copy on a lost machine waits for, or after
 * which the next copy of a global unit restarts.
 */
function isRelevant(change: ClusterChange, { assignments, units }: ClusterView, machineID: MachineID): boolean {
  switch (change.kind) {
    case "unit":
    case "assignment":
    case "machine":
    case "hold":
    case "attempts":
      return true;
    case "state":
      return (
        change.value?.gaveUp === true ||
        (change.value?.cleared ?? 0) > 0 ||
        isRestarted(change.value, units.get(change.unit)) ||
        [...(assignments.get(change.unit)?.values() ?? [])].some(({ leaving }) => leaving)
      );
    case "leader":
      return change.value !== machineID;
    default:
      return change satisfies never;
  }
}

function isRestarted(state: UnitState | undefined, unit: Unit | undefined): boolean {
  if (!unit || unit.restart === 0 || !unit.requirements.global) return false;
  return hasRestarted(state, unit.restart);
}
