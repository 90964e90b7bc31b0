/** How fleetctl reaches a cluster, as saved under a name. Paths are absolute. */
export interface SavedContext {
  /** At least one, in order of preference. */
  readonly endpoints: readonly string[];
  /** The CA certificate in PEM; not together with `caFile`. */
  readonly ca?: string | undefined;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** A token, or `@` and the path of a file with one. */
  readonly token?: string | undefined;
  readonly tunnel?: string | undefined;
  readonly sshUsername?: string | undefined;
}

/** The content of a contexts file. */
export interface Contexts {
  /** The context that is used without --context; its name is a key of `contexts`. */
  readonly current?: string | undefined;
  readonly contexts: ReadonlyMap<string, SavedContext>;
}

/** The value of --context that names every context. */
export const ALL = "all";

/** Returns why a context cannot have this name; undefined if it can. */
export function nameProblem(name: string): string | undefined {
  if (name === ALL) return `--context ${ALL} stands for every context`;
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) return undefined;
  return "a name has up to 63 of A-Z a-z 0-9 . _ and -, and begins with a letter or digit";
}
