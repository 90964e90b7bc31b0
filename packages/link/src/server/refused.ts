/** A session, or a request of a machine, that the server refused. */
export interface LinkRefusal {
  /** The machine ID that the certificate names. */
  readonly machineID: string | undefined;
  /** Whether the certificate was verified. If not, the machine ID may be made up. */
  readonly isProven: boolean;
  /** The address that the session comes from, without the port. */
  readonly remoteAddress: string;
  /** The path of the request; undefined for a session. */
  readonly path: string | undefined;
  readonly reason: string;
}

/** Told each refusal. A machine can cause any number of refusals, so the observer must bound what it keeps of them. */
export type RefusalObserver = (refusal: LinkRefusal) => void;

/**
 * The statuses of answers that say that the machine asked for something wrong: a malformed request, a missing right, too
 * large, too many. The other errors follow from the state of the cluster, or from another version.
 */
const REFUSED: readonly number[] = [400, 403, 413, 429];

export function isRefusal(status: number): boolean {
  return REFUSED.includes(status);
}
