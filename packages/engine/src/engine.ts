import { noEvents, shortMachineID } from "@flotilla/model";
import { type Leadership, LeadershipLostError } from "@flotilla/registry";
import { isProgrammingError, Nudge, reconcileLoop } from "@flotilla/runtime";
import { Absences } from "./absence/absences.ts";
import { controllersOf } from "./controllers.ts";
import { StateWatch } from "./events/state-watch.ts";
import { ControllerLoop } from "./leader/controller-loop.ts";
import { campaign } from "./leader/election.ts";
import { Term } from "./leader/term.ts";
import type { EngineOptions } from "./options.ts";

/**
 * The longest time that a daemon takes to return to the cluster once the store is back, milliseconds. It is the sum of
 * the daemon's pause between two tries, gRPC's pause, and the time limit of a request.
 */
const RETURN_MS = 6_000;

const MACHINE_TTL_MS = 30_000;

/**
 * Stands for leader. While it leads, it runs the controllers.
 * Resolves when `signal` aborts, after it has given the seat back.
 */
export function runEngine(options: EngineOptions, signal: AbortSignal): Promise<void> {
  const { seat, machineID, grantLease, ttlMs, clock, random, log, observer = {} } = options;
  return campaign(
    {
      seat,
      machineID,
      grantLease,
      ttlMs,
      clock,
      random,
      log,
      observer,
      lead: (leadership, term) => lead(options, leadership, term),
    },
    signal,
  );
}

async function lead(options: EngineOptions, leadership: Leadership, signal: AbortSignal): Promise<void> {
  const { assignments, machineID, clock, random, interval, log, observer = {} } = options;
  const claim = options.feeds.claim();
  const { feed } = claim;
  const { recorder: events = noEvents } = options.events ?? {};
  const nudge = new Nudge();
  const unseated = new AbortController();
  const begin = (): ControllerLoop =>
    new ControllerLoop({
      controllers: controllersOf(options, feed),
      term: new Term({ leadership, assignments, machineID, feed }),
      absences: absencesOf(options),
      feed,
      machineID,
      nudge,
      clock,
      log,
      events,
      observer,
    });
  let loop = begin();
  const states = new StateWatch(feed, events);
  const stopListening = feed.onChange((changes) => {
    loop.note(changes);
    states.note(changes);
  });
  events.record({ kind: "leader", machine: machineID, sentence: `machine ${shortMachineID(machineID)} leads` });
  const pass = reportedPass(options, async (term) => {
    try {
      await loop.pass(term);
    } catch (error) {
      if (error instanceof LeadershipLostError) {
        log.warn("the leader's seat is lost", { term: leadership.term });
        unseated.abort(error);
      } else if (isProgrammingError(error)) {
        // A controller may have lost a change: start over from the store, as a new leader does.
        loop.close();
        loop = begin();
      }
      throw error;
    }
  });
  try {
    await reconcileLoop({ pass, nudge, interval, clock, random, log }, AbortSignal.any([signal, unseated.signal]));
  } finally {
    stopListening();
    loop.close();
    claim.release();
  }
}

/** Reports each pass to the observer. */
function reportedPass(
  { clock, observer }: EngineOptions,
  pass: (term: AbortSignal) => Promise<void>,
): (term: AbortSignal) => Promise<void> {
  return async (term) => {
    const begun = clock.monotonic();
    const report = (failed: boolean): void => observer?.onPass?.({ durationMs: clock.monotonic() - begun, failed });
    try {
      await pass(term);
      report(false);
    } catch (error) {
      if (!term.aborted) report(true);
      throw error;
    }
  };
}

function absencesOf({
  heardSince = () => undefined,
  machineTtlMs = MACHINE_TTL_MS,
  massLoss,
}: EngineOptions): Absences {
  const settleMs = Math.max(RETURN_MS, massLoss?.rules.windowMs ?? machineTtlMs);
  return new Absences({ heardSince, machineTtlMs, settleMs });
}
