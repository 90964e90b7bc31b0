const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * The limits of a server's side of the link, with sizes in bytes and times in milliseconds. docs/reference/limits.md
 * gives the reason for each limit.
 */
export const LINK_LIMITS = {
  /** TLS handshakes at one time; a longer one than `handshakeMs` no longer counts. */
  handshakes: 32,
  handshakeMs: 500,
  /** Connections that wait for their handshake; the oldest is dropped for a further one. */
  waitingHandshakes: 1_000,
  /** How long a connection may wait, and how long it may send nothing before that. An agent gives up as soon. */
  handshakeWaitMs: 4_000,
  /** Sessions of all machines. */
  sessions: 20_000,
  /** A further session of the machine ends its oldest session. */
  machineSessions: 4,
  /** Refused sessions that are still open. */
  refusedSessions: 1_000,
  /** How long a refused session may stay open. */
  refusedMs: 10_000,
  /** Open streams of a session. */
  streams: 256,
  /** Handlers of a session that run at one time, with those whose stream was reset. */
  calls: 512,
  /** Streams that a session may reset at once; the allowance comes back at `resetsPerSecond`. */
  resets: 1_000,
  resetsPerSecond: 100,
  /** PING and SETTINGS frames of a session in a second. An agent sends one PING in two seconds. */
  controlFrames: 100,
  /** Frames of a session that break the protocol, and streams beyond `streams`. */
  invalidFrames: 100,
  rejectedStreams: 100,
  /** Header fields of a request. */
  headers: 16,
  /** The head of a request. */
  headBytes: 8 * KIB,
  /** The body of a request. The largest request to etcd (1.5 MiB) fits, even if JSON escapes each byte in six. */
  bodyBytes: 10 * MIB,
  /** Bytes of a body that a client may send before the server has read them. */
  windowBytes: 256 * KIB,
  /** How long a body may take to arrive. */
  bodyMs: 30_000,
  /** Bodies, answers and lines that the server holds for one session. */
  heldBytes: 32 * MIB,
  /** The same for all sessions. */
  allHeldBytes: 256 * MIB,
  /** How long a line may wait for its reader. An answer gets a second more for each `slowestBytes`. */
  slowReaderMs: 10_000,
  slowestBytes: 128 * KIB,
  /** How long a session may send nothing. An agent sends a PING every two seconds. */
  silentMs: 20_000,
  /** How long requests may still take when the server closes. */
  drainMs: 2_000,
} as const;

export type LinkLimits = { readonly [Name in keyof typeof LINK_LIMITS]: number };
