/** The sentence of fleet's API for every daemon that cannot serve: scripts and fleet's TestDetectMachineId look for it. */
const FLEETS_SENTENCE = "fleet server unable to communicate with etcd";

/** The message of an answer 503: the reason first, then fleet's sentence, which alone would hide the reason. */
export function unavailableMessage(reason: string): string {
  return `${reason} (${FLEETS_SENTENCE})`;
}
