/** fleet's message for a daemon that cannot serve, which scripts and fleet's TestDetectMachineId expect. */
const FLEETS_SENTENCE = "fleet server unable to communicate with etcd";

/** Returns the message of an answer 503: the reason, then fleet's message. */
export function unavailableMessage(reason: string): string {
  return `${reason} (${FLEETS_SENTENCE})`;
}
