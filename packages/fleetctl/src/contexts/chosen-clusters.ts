import type { GlobalFlags } from "../arguments/global-flags.ts";
import { UsageError } from "../command-error.ts";
import { contextsPath, readContexts } from "./contexts-file.ts";
import { ALL, type Contexts, type SavedContext } from "./saved-context.ts";

/** A cluster that a command addresses. */
export interface Cluster {
  /** The name of the context; undefined if the flags name the cluster, or nothing does. */
  readonly context: string | undefined;
  /** The flags, with the context's values for those that are not given. */
  readonly flags: GlobalFlags;
}

export interface ChosenClusters {
  readonly clusters: readonly [Cluster, ...Cluster[]];
  /** Whether a list or `all` was asked for, even if it names one context. */
  readonly isList: boolean;
  /** Why a context that was asked for is not used. */
  readonly warning?: string;
}

/**
 * Chooses the clusters of a command: from --endpoint or --tunnel, else --context, else the current context, else
 * fleet's own default. Each flag may also be given by its variable.
 *
 * @throws UsageError for an unknown context; CommandError for an unusable contexts file.
 */
export function chosenClusters(
  flags: GlobalFlags,
  variables: Readonly<Record<string, string | undefined>>,
): ChosenClusters {
  return chooseClusters(flags, () => readContexts(contextsPath(variables)));
}

/** @param read returns the saved contexts; called only if they matter. */
export function chooseClusters(flags: GlobalFlags, read: () => Contexts | undefined): ChosenClusters {
  const alone: ChosenClusters = { clusters: [{ context: undefined, flags }], isList: false };
  const named = flags.given.get("endpoint") ?? flags.given.get("tunnel");
  if (named !== undefined) {
    // Nothing of a context may reach an endpoint that the context does not name, above all no credential.
    const isAsked = flags.given.get("context") === "--context";
    const warning = `--context ${flags.context} is not used: ${named} names the cluster`;
    return isAsked ? { ...alone, warning } : alone;
  }
  const saved = read();
  if (flags.context === undefined) {
    const current = saved?.current;
    return current === undefined ? alone : { clusters: [clusterOf(flags, saved, current)], isList: false };
  }
  const names = namesIn(flags.context, saved);
  const [first, ...others] = names.map((name) => clusterOf(flags, saved, name));
  if (!first) throw new UsageError(`cannot use --context ${flags.context}: ${NONE_SAVED}`);
  return { clusters: [first, ...others], isList: flags.context === ALL || flags.context.includes(",") };
}

const NONE_SAVED = "no context is saved; add one with fleetctl context add NAME --endpoint URL";

function namesIn(text: string, saved: Contexts | undefined): readonly string[] {
  if (text === ALL) return [...(saved?.contexts.keys() ?? [])].toSorted();
  const names = text.split(",").map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ""))];
}

function clusterOf(flags: GlobalFlags, saved: Contexts | undefined, context: string): Cluster {
  return { context, flags: flagsIn(savedContext(saved, context), flags) };
}

/** @throws UsageError if there is no such context, naming the contexts. */
export function savedContext(saved: Contexts | undefined, name: string): SavedContext {
  const found = saved?.contexts.get(name);
  if (found) return found;
  const names = [...(saved?.contexts.keys() ?? [])].toSorted().join(", ");
  throw new UsageError(`unknown context ${name}: ${names === "" ? NONE_SAVED : `the contexts are ${names}`}`);
}

/** A flag that is given takes precedence; a certificate and its key come from one source. */
function flagsIn(saved: SavedContext, flags: GlobalFlags): GlobalFlags {
  const hasOwnCertificate = flags.certFile !== undefined || flags.keyFile !== undefined;
  return {
    ...flags,
    endpoints: saved.endpoints,
    tunnel: saved.tunnel,
    token: flags.token ?? saved.token,
    sshUsername: flags.given.has("ssh-username") ? flags.sshUsername : (saved.sshUsername ?? flags.sshUsername),
    ...(flags.caFile === undefined && { caFile: saved.caFile, ca: saved.ca }),
    ...(!hasOwnCertificate && { certFile: saved.certFile, keyFile: saved.keyFile }),
  };
}

/** @throws UsageError if several clusters were asked for, naming the commands that take several. */
export function onlyCluster({ clusters: [cluster, ...others], isList }: ChosenClusters): Cluster {
  if (others.length === 0 && !isList) return cluster;
  throw new UsageError(
    "cannot run this command in several clusters: give one context; --context NAME,NAME and --context all are for " +
      "list-machines, list-units, list-unit-files and status",
  );
}
