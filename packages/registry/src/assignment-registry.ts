import type { AssignmentStep, AssignmentWrite, Basis } from "@flotilla/model";
import { type Compare, MAX_TXN_OPS, type Op, type Store } from "@flotilla/store";
import { keys } from "./keys.ts";
import type { Leadership } from "./leadership.ts";

/** The result of a write. Steps are not written when a basis has changed or the term is over. */
export interface StepResult {
  readonly applied: boolean;
  readonly revision: number;
}

/** The assignments and failed attempts. Only the leading engine writes them, and each write is fenced by its term. */
export class AssignmentRegistry {
  readonly #store: Store;
  readonly #wall: () => number;

  /** @param wall the wall clock, milliseconds since the epoch; by default assignments get no time. */
  constructor(store: Store, wall: () => number = () => 0) {
    this.#store = store;
    this.#wall = wall;
  }

  /** Writes all steps in one transaction, or none. `fits` returns how many fit. */
  async apply(leadership: Leadership, steps: readonly AssignmentStep[], signal?: AbortSignal): Promise<StepResult> {
    const now = this.#wall();
    const { succeeded, revision } = await this.#store.txn(
      {
        // mutation: fenced write
        compare: [fence(leadership), ...comparesOf(steps)],
        onSuccess: steps.flatMap(({ writes }) => writes.map((write) => opFor(write, now))),
      },
      signal,
    );
    return { applied: succeeded, revision };
  }

  /** Returns whether this term still lasts, by a linearizable read. */
  async holds(leadership: Leadership, signal?: AbortSignal): Promise<boolean> {
    const [entry] = (await this.#store.range({ prefix: keys.leader, exact: true }, signal)).entries;
    return entry?.createRevision === leadership.term;
  }

  /**
   * Deletes unused files. Deletes none of them if one was written since, because that file may be in use again.
   * @param files the revision of each file's last write, by digest; MAX_FILES at most.
   */
  async deleteFiles(
    leadership: Leadership,
    files: ReadonlyMap<string, number>,
    signal?: AbortSignal,
  ): Promise<StepResult> {
    const written = [...files].map(([digest, modRevision]) => ({ key: keys.file(digest), modRevision }));
    const onSuccess = written.map(({ key }) => ({ delete: key }));
    const { succeeded, revision } = await this.#store.txn(
      { compare: [fence(leadership), ...written], onSuccess },
      signal,
    );
    return { applied: succeeded, revision };
  }
}

/** The most files in one transaction, which compares each file and the term. */
export const MAX_FILES = MAX_TXN_OPS - 1;

/** Returns how many of `steps`, from the first on, fit into one transaction. */
export function fits(steps: readonly AssignmentStep[], most: number): number {
  let writes = 0;
  const compares = new Set<string>();
  for (const [index, step] of steps.slice(0, most).entries()) {
    writes += step.writes.length;
    for (const compare of comparesOf([step])) compares.add(compare.key);
    if (writes > MAX_TXN_OPS || compares.size + 1 > MAX_TXN_OPS) return Math.max(1, index);
  }
  return Math.min(most, steps.length);
}

function fence({ term }: Leadership): Compare {
  return { key: keys.leader, createRevision: term };
}

function comparesOf(steps: readonly AssignmentStep[]): Compare[] {
  const byKey = new Map<string, Compare>();
  for (const basis of steps.flatMap((step) => step.basis)) {
    const compare = compareFor(basis);
    byKey.set(compare.key, compare);
  }
  return [...byKey.values()];
}

function compareFor(basis: Basis): Compare {
  if ("unit" in basis) return { key: keys.unit(basis.unit), modRevision: basis.revision };
  if ("assignment" in basis)
    return { key: keys.assignment(basis.machineID, basis.assignment), modRevision: basis.revision };
  return { key: keys.machine(basis.machine), createRevision: basis.joined };
}

function opFor(write: AssignmentWrite, askedAt: number): Op {
  switch (write.action) {
    case "assign": {
      const { record, since } = write;
      const value = JSON.stringify({ ...record, askedAt, ...(since !== undefined && { since }) });
      return { put: keys.assignment(write.machineID, write.unit), value };
    }
    case "unassign":
      return { delete: keys.assignment(write.machineID, write.unit) };
    case "note-attempts":
      return { put: keys.attempts(write.unit), value: JSON.stringify(write.attempts) };
    case "forget-attempts":
      return { delete: keys.attempts(write.unit) };
    case "mirror":
      return { put: keys.mirror(write.machineID, write.unit), value: JSON.stringify(write.record) };
    case "unmirror":
      return { delete: keys.mirror(write.machineID, write.unit) };
    default:
      return write satisfies never;
  }
}
