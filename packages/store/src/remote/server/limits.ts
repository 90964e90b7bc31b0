/** What one machine may ask of a server, with sizes in characters and times in milliseconds. */
export const GATEWAY_LIMITS = {
  /** Watches of one session. An agent has two. */
  watches: 16,
  /** Leases of one machine that were granted by this server and may still last. An agent has one, or two for a moment. */
  leases: 16,
  /** The TTL of a lease: agent_ttl in fleet.conf. */
  shortestTtlMs: 1_000,
  longestTtlMs: 24 * 3_600_000,
  /** All keys and values of a transaction. etcd accepts 1.5 MiB (--max-request-bytes). */
  txnText: 1_536 * 1_024,
  /** The same of all transactions of one machine at once; the allowance comes back at `writtenTextPerSecond`. */
  writtenText: 16 * 1024 * 1024,
  writtenTextPerSecond: 128 * 1024,
  /** Entries of a page, and their keys and values. A page has one entry at least. */
  pageEntries: 1_000,
  pageText: 4 * 1024 * 1024,
  /** Keys and values in one line of a watch. A revision is never split. */
  lineText: 256 * 1024,
} as const;

export type GatewayLimits = { readonly [Name in keyof typeof GATEWAY_LIMITS]: number };
