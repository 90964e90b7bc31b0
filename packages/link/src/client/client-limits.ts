const MIB = 1024 * 1024;

/** The limits of an agent's side of the link, with sizes in bytes and times in milliseconds. */
export const LINK_CLIENT_LIMITS = {
  /** Requests in progress. Further requests wait. */
  requests: 128,
  /** Requests that wait. */
  waiting: 1_000,
  /** Answers of lines in progress. */
  lines: 64,
  /** The body of an answer, and one line. */
  answerBytes: 32 * MIB,
  /** Requests and answers of a session in memory. */
  sessionBytes: 256 * MIB,
  /** How long connecting to a server may take: TCP, TLS and the first request. Each failed round over all servers makes it longer. */
  connectMs: 4_000,
  longestConnectMs: 15_000,
  /** The time between two PING frames, and for the answer to each. A dead session ends after the sum of both. */
  pingMs: 2_000,
  pongMs: 2_800,
  /** The longest pause between two rounds over all servers. */
  pauseMs: 15_000,
  /** The same while the servers refuse this machine. */
  refusedPauseMs: 60_000,
  /** How long a server may fail all requests before the next one is tried. Doubled each time, while all servers do. */
  outageMs: 5_000,
  longestOutageMs: 60_000,
  /** How long answers may take on a session that is being replaced. */
  leaveMs: 5_000,
} as const;

export type LinkClientLimits = { readonly [Name in keyof typeof LINK_CLIENT_LIMITS]: number };

/**
 * The limits that are shorter where machines have little time: they have the TTL of one lease to be back after an outage
 * (docs/decisions/0020-silence-counts-while-the-store-is-heard.md).
 *
 * @param ttlMs the TTL of the machine's lease, milliseconds.
 */
export function linkLimitsFor(ttlMs: number): Pick<LinkClientLimits, "pauseMs" | "outageMs"> {
  const most = Math.max(1_000, ttlMs / 6);
  const { pauseMs, outageMs } = LINK_CLIENT_LIMITS;
  return { pauseMs: Math.min(pauseMs, most), outageMs: Math.min(outageMs, most) };
}
