/** The plain words for Node's codes of a connection that does not come about. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "unknown host name",
  EAI_AGAIN: "unknown host name",
  ECONNRESET: "connection closed before an answer",
  ENETUNREACH: "network is unreachable",
  EHOSTUNREACH: "no route to host",
  ETIMEDOUT: "connection timed out",
};

/** Returns why a connection failed, in plain words instead of errno's codes; undefined for another error. */
export function networkReason(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? undefined : REASONS[code];
}
