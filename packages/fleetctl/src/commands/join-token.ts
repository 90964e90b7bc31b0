import type { CreateTokenAnswer } from "@flotilla/api/client";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { pairsIn, secondsIn } from "../arguments/token-values.ts";
import { UsageError } from "../command-error.ts";

/** What a join token allows; see `fleetctl help token create`. */
export interface JoinTokenOptions {
  readonly name?: string;
  readonly ttl?: string;
  readonly uses?: string;
  readonly metadata?: string;
  readonly server?: boolean;
}

/** The default time until a join token expires. */
const DEFAULT_TTL = "1h";

/**
 * Creates a join token.
 * @throws UsageError for an option that cannot be read.
 */
export function createJoinToken(
  client: Pick<ClusterClient, "createToken">,
  { name, ttl = DEFAULT_TTL, uses = "1", metadata, server = false }: JoinTokenOptions,
  signal: AbortSignal,
): Promise<CreateTokenAnswer> {
  if (!/^[1-9]\d{0,5}$/.test(uses)) throw new UsageError(`cannot use --uses=${uses}: write a number from 1 to 999999`);
  const body = {
    kind: "join",
    ...(name !== undefined && { name }),
    ttlSeconds: secondsIn(ttl),
    uses: Number(uses),
    metadata: metadata === undefined ? {} : pairsIn("metadata", metadata),
    server,
  } as const;
  return client.createToken(body, signal);
}
