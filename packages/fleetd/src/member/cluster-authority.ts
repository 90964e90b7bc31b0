import { type AuthorityRotation, type RotationAnswer, type RotationEnd, RotationRefusedError } from "@flotilla/api";
import {
  awaited,
  type CertificateMaker,
  type LaggingMachine,
  requireUsable,
  rotationState,
  type RotationState,
} from "@flotilla/membership";
import { AuthorityRegistry, type AuthorityRecord, RotationRegistry, type StoredAuthority } from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";

export interface ClusterAuthorityOptions {
  readonly store: Store;
  readonly certificates: Pick<CertificateMaker, "succeed">;
  readonly clock: Pick<Clock, "wall">;
  readonly log: Logger;
}

type Present = ReadonlySet<string>;

/** How often a step is decided again because another server has written meanwhile. */
const TRIES = 8;

/** A rotation that is asked for so soon after the end of another one is the same, milliseconds. */
const SAME_MS = 60_000;

/** Machines that a message names. */
const NAMED = 5;

/**
 * Rotates the cluster's authority in two steps, each one write that compares the authority it was decided on. Any server
 * may take each of them, so a rotation goes on wherever it was left. Everything else is done by servers and agents when
 * they see the new authority.
 */
export class ClusterAuthority implements AuthorityRotation {
  readonly #options: ClusterAuthorityOptions;
  readonly #authorities: AuthorityRegistry;
  readonly #rotations: RotationRegistry;

  constructor(options: ClusterAuthorityOptions) {
    this.#options = options;
    this.#authorities = new AuthorityRegistry(options.store);
    this.#rotations = new RotationRegistry(options.store);
  }

  async former(signal: AbortSignal): Promise<string | undefined> {
    const { previous } = (await this.#authorities.read(signal))?.record ?? {};
    return previous?.cross === undefined ? undefined : previous.certificate;
  }

  async report(present: Present, signal: AbortSignal): Promise<RotationAnswer> {
    return answerOf(await this.#state(await this.#read(signal), present, signal));
  }

  async begin(force: boolean, present: Present, signal: AbortSignal): Promise<RotationAnswer> {
    const { certificates, clock, log } = this.#options;
    return this.#decide(signal, async (known) => {
      const state = await this.#state(known, present, signal);
      if (state.since !== undefined) return answerOf(state);
      if (hasJustEnded(known.record, force, clock.wall())) return answerOf({ ...state, lagging: [] });
      if (state.lagging.length > 0 && !force)
        throw new RotationRefusedError(
          `cannot rotate the authority: servers are of a version that cannot take part (${namesOf(state.lagging)}); ` +
            "upgrade fleetd there; fleetctl machine remove forgets a server that is gone",
        );
      requireUsable(known.record);
      const next = await certificates.succeed(withoutPrevious(known.record), clock.wall(), signal);
      if ((await this.#authorities.replace(next, known.revision, signal)) === undefined) return undefined;
      const begun = await this.report(present, signal);
      log.info("the cluster has a new authority; the former one stays trusted for now", { authority: begun.authority });
      return begun;
    });
  }

  async end({ authority, without }: RotationEnd, present: Present, signal: AbortSignal): Promise<RotationAnswer> {
    const { clock, log } = this.#options;
    return this.#decide(signal, async (known) => {
      const state = await this.#state(known, present, signal);
      if (state.authority !== authority)
        throw new RotationRefusedError(
          `cannot end the rotation to authority ${authority}: the cluster's authority is ${state.authority} now`,
        );
      if (state.since === undefined) return answerOf({ ...state, lagging: [] });
      const missing = awaited(state.lagging, without);
      if (missing.length > 0)
        throw new RotationRefusedError(
          `cannot end the rotation: machines have no certificate of the new authority yet (${namesOf(missing)}); ` +
            "wait for them, or force the end without them",
        );
      const drop = { revision: known.revision, droppedAt: clock.wall(), vouches: without === "none" };
      if ((await this.#authorities.drop(known.record, drop, signal)) === undefined) return undefined;
      const left = state.lagging.map(({ machineID }) => machineID).join(",");
      log.info("the former authority of the cluster is not trusted any more", {
        ...(left !== "" && { without: left }),
      });
      return answerOf({ ...state, since: undefined });
    });
  }

  /** Decides on what the store says, and again while other servers write. */
  async #decide(
    signal: AbortSignal,
    step: (known: StoredAuthority) => Promise<RotationAnswer | undefined>,
  ): Promise<RotationAnswer> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const known = await this.#read(signal);
      try {
        const answer = await step(known);
        if (answer) return answer;
      } catch (error) {
        // The machines are read after the authority: another server may have ended the rotation in between.
        const isRefused = error instanceof RotationRefusedError;
        if (!isRefused || (await this.#read(signal)).revision === known.revision) throw error;
      }
    }
    throw new RotationRefusedError("other servers keep changing the cluster's authority; try again");
  }

  async #read(signal: AbortSignal): Promise<StoredAuthority> {
    const known = await this.#authorities.read(signal);
    if (known) return known;
    throw new RotationRefusedError("the cluster has no authority yet; try again when a server has joined it");
  }

  async #state({ record }: StoredAuthority, present: Present, signal: AbortSignal): Promise<RotationState> {
    return rotationState(record, await this.#rotations.machines(signal), present);
  }
}

/** Whether a rotation that does what is asked for ended a moment ago: of two commands at once, one may find it so. */
function hasJustEnded({ previous }: AuthorityRecord, force: boolean, now: number): boolean {
  if (previous?.droppedAt === undefined || (force && previous.cross !== undefined)) return false;
  return now - previous.droppedAt < SAME_MS;
}

function withoutPrevious({ certificate, privateKey }: AuthorityRecord): AuthorityRecord {
  return { certificate, privateKey };
}

function answerOf({ authority, since, lagging }: RotationState): RotationAnswer {
  return {
    authority,
    state: since === undefined ? "none" : "running",
    ...(since !== undefined && { since: new Date(since).toISOString() }),
    lagging: lagging.map(({ machineID, role, isPresent }) => ({ machineID, role, present: isPresent })),
  };
}

function namesOf(machines: readonly LaggingMachine[]): string {
  const named = machines.slice(0, NAMED).map(({ machineID, role }) => `${role} ${machineID}`);
  const more = machines.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
