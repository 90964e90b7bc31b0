import { ConfigError } from "./config-error.ts";
import type { OptionName } from "./fleetd-options.ts";

/** The options of a server, with why a daemon with `servers=` cannot have them. */
const OF_SERVERS: readonly (readonly [name: OptionName, why: string])[] = [
  ["etcd_servers", "an agent reaches the store through its servers"],
  ["store", "an agent reaches the store through its servers"],
  ["store_path", "an agent reaches the store through its servers"],
  ["secrets_keyfile", "only servers have the key of the secrets"],
  ["certificate_life", "only servers make certificates"],
  ["disable_agent", "the daemon would have nothing to do"],
  ["listen", "an agent answers only on its socket; let the servers listen"],
  ["insecure_api", "an agent answers only on its socket; let the servers listen"],
  ["api_certfile", "an agent answers only on its socket; let the servers listen"],
  ["api_keyfile", "an agent answers only on its socket; let the servers listen"],
  ["api_clientcafile", "an agent answers only on its socket; let the servers listen"],
];

/**
 * Refuses options that contradict `servers=`.
 * @param originOf returns the place where an option is set; undefined if it is not set.
 * @throws ConfigError
 */
export function refuseConflicts(originOf: (name: OptionName) => string | undefined): void {
  if (originOf("servers") === undefined) return;
  for (const [name, why] of OF_SERVERS) {
    const origin = originOf(name);
    if (origin !== undefined)
      throw new ConfigError(`${origin}: cannot use ${name}= together with servers=: ${why}; remove one of the two`);
  }
}
