import type { Intents } from "../clients/intents.ts";
import { agentsAwaited } from "./agents-awaited.ts";
import { drainedStayEmpty } from "./drained-stay-empty.ts";
import { exclusiveOnce } from "./exclusive-once.ts";
import { filesExist } from "./files-exist.ts";
import { givenUp } from "./given-up.ts";
import { holderLearnsFirst } from "./holder-learns-first.ts";
import { hostUnits } from "./host-units.ts";
import { intentKept } from "./intent-kept.ts";
import type { MakeInvariant } from "../world/world.ts";
import { leaderTerm } from "./leader-term.ts";
import { leavingCopiesRest } from "./leaving-copies-rest.ts";
import { massLoss } from "./mass-loss.ts";
import { movedNotLost } from "./moved-not-lost.ts";
import { oneDaemonAMachine } from "./one-daemon-a-machine.ts";
import { onePlace } from "./one-place.ts";
import { onePublisher } from "./one-publisher.ts";
import { oneWriter } from "./one-writer.ts";
import { placeKept } from "./place-kept.ts";
import { placementRules } from "./placement-rules.ts";
import { removedUnitsRest } from "./removed-units-rest.ts";
import { silenceNoticed } from "./silence-noticed.ts";
import { socketFirst } from "./socket-first.ts";
import { startedOnce } from "./started-once.ts";
import { unitsRunOn } from "./units-run-on.ts";
import { withinRights } from "./within-rights.ts";

/** Returns all conditions that must hold at every moment. Each has its own file. */
export function allInvariants(intents: Intents): readonly MakeInvariant[] {
  return [
    oneWriter,
    withinRights,
    leaderTerm,
    holderLearnsFirst,
    filesExist,
    oneDaemonAMachine,
    onePublisher,
    intentKept(intents),
    onePlace,
    placementRules,
    startedOnce,
    socketFirst,
    unitsRunOn,
    leavingCopiesRest,
    hostUnits,
    exclusiveOnce,
    removedUnitsRest,
    givenUp,
    placeKept,
    silenceNoticed,
    movedNotLost,
    drainedStayEmpty,
    massLoss,
    agentsAwaited,
  ];
}
