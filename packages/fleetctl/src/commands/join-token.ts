import type { CreateTokenAnswer } from "@flotilla/api/client";
import type { ClusterClient } from "../cluster/cluster-client.ts";
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
    ttlSeconds: secondsOf(ttl),
    uses: Number(uses),
    metadata: metadata === undefined ? {} : pairsOf(metadata),
    server,
  } as const;
  return client.createToken(body, signal);
}

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

function secondsOf(ttl: string): number {
  const [, amount, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(ttl) ?? [];
  if (amount === undefined) throw new UsageError(`cannot use --ttl=${ttl}: write a time such as 30m, 1h or 7d`);
  return Number(amount) * UNITS[unit as keyof typeof UNITS];
}

function pairsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const [, key, value] = /^([^=]+)=(.+)$/.exec(pair) ?? [];
      if (key === undefined || value === undefined)
        throw new UsageError(`cannot read --metadata=${JSON.stringify(text)}: not of the form key=value,...`);
      return [key, value];
    }),
  );
}
