import type { Role } from "./caller.ts";

interface VerbRights {
  /** What the verb acts on. */
  readonly on: "unit" | "cluster";
  readonly roles: readonly Role[];
}

const READERS: readonly Role[] = ["viewer", "operator", "deployer", "admin"];
const RUNNERS: readonly Role[] = ["operator", "deployer", "admin"];
const AUTHORS: readonly Role[] = ["deployer", "admin"];
const OPERATORS: readonly Role[] = ["operator", "admin"];
const ADMINS: readonly Role[] = ["admin"];

/**
 * The verbs of requests, each with the roles that have it. A deployer has the verbs on units only for the units of its
 * patterns. An operator runs what others have written: it neither submits text nor destroys text that it could not
 * submit again.
 */
export const VERBS = {
  /** Lists, unit files, watch streams, the backup, metrics. */
  read: { on: "cluster", roles: READERS },
  status: { on: "unit", roles: READERS },
  journal: { on: "unit", roles: READERS },
  submit: { on: "unit", roles: AUTHORS },
  destroy: { on: "unit", roles: AUTHORS },
  start: { on: "unit", roles: RUNNERS },
  load: { on: "unit", roles: RUNNERS },
  stop: { on: "unit", roles: RUNNERS },
  unload: { on: "unit", roles: RUNNERS },
  restart: { on: "unit", roles: RUNNERS },
  reload: { on: "unit", roles: RUNNERS },
  kill: { on: "unit", roles: RUNNERS },
  "reset-failed": { on: "unit", roles: RUNNERS },
  /** Takes a unit to another machine. */
  move: { on: "unit", roles: RUNNERS },
  /** Cordons and drains machines, and evens out their loads. */
  drain: { on: "cluster", roles: OPERATORS },
  /** Metadata of machines. */
  metadata: { on: "cluster", roles: OPERATORS },
  "release-hold": { on: "cluster", roles: OPERATORS },
  /** Ends a machine's membership. */
  "remove-machine": { on: "cluster", roles: ADMINS },
  /** Replaces the cluster's authority. */
  "rotate-ca": { on: "cluster", roles: ADMINS },
  /** The move of the cluster to another store, and a copy of the embedded store, which holds the authority's key. */
  store: { on: "cluster", roles: ADMINS },
  /** Writes and deletes secrets. Listing them is a read: no request returns a value. */
  secrets: { on: "cluster", roles: ADMINS },
  /** Who changed what, and from where. */
  audit: { on: "cluster", roles: ADMINS },
  /** Tokens: listing shows names and grants, never secrets. */
  tokens: { on: "cluster", roles: ADMINS },
} as const satisfies Readonly<Record<string, VerbRights>>;

export type Verb = keyof typeof VERBS;

export function isVerb(text: string): text is Verb {
  return Object.hasOwn(VERBS, text);
}

/** Returns the verbs that act on a unit, or on the cluster. */
export function verbsFor(on: "unit" | "cluster"): readonly Verb[] {
  return (Object.keys(VERBS) as Verb[]).filter((verb) => VERBS[verb].on === on);
}
