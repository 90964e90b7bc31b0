import { MOST_MACHINE_ID_CHARACTERS } from "@flotilla/model";

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * The limits of the API, with sizes in bytes and times in milliseconds. docs/reference/limits.md gives the reason for
 * each limit, and limits.test.ts exceeds each limit by one.
 */
export const limits = {
  /** The largest unit file fits, even if each byte takes six in JSON (`\u0001`). */
  unitBodyBytes: 3 * MIB + 256 * KIB,
  /** A secret of 512 KiB in base64. */
  secretBodyBytes: 768 * KIB,
  metadataBodyBytes: 256 * KIB,
  patchBodyBytes: MIB,
  /** Some thousands of unit files. */
  planBodyBytes: 8 * MIB,
  /** Units of one plan. */
  planUnits: 5_000,
  /** The limit for all other routes with a body. */
  bodyBytes: 4 * KIB,
  /** The total size of all bodies that a daemon holds at one time. */
  allBodiesBytes: 32 * MIB,
  jsonDepth: 32,
  /** Values and names in a body. JSON.parse takes 10 ms for them; the largest unit file in v1 has 35,000. */
  jsonValues: 50_000,
  /** Names in one object. With more names, JSON.parse takes longer for each name. */
  jsonNames: 1_024,
  /** Characters outside of quotes: blanks, numbers, brackets. A long number takes long to parse. */
  jsonBareBytes: MIB,
  patchOperations: 1_000,
  /** The request is one transaction, and etcd accepts 128 operations in a transaction (--max-txn-ops). */
  patchMachines: 128,
  machineIDCharacters: MOST_MACHINE_ID_CHARACTERS,
  /** The reason of a cordon, a drain or a move. */
  reasonCharacters: 256,
  /** A year: a longer deadline or drain is a typing error. */
  drainSeconds: 31_622_400,
  balancingMoves: 100,
  metadataKeyCharacters: 256,
  metadataValueCharacters: 4_096,
  metadataEdits: 1_000,
  /** Characters of a name or an ID in the path. */
  pathPartCharacters: 1_024,
  /** Entries of a page. */
  pageItems: 1_000,
  /** Lines at the beginning of a journal stream. */
  /** journalctl compiles the pattern for each request. */
  propertyListCharacters: 4_096,
  journalPatternCharacters: 512,
  journalLines: 1_000_000,
  /** Entries of an answer of the audit, which are in memory. */
  auditEntries: 10_000,
  /** Events of an answer, which are in memory. */
  events: 10_000,
  /** Each new batch of events is read for each stream. */
  eventStreams: 500,
  /** A name has at most 256 characters; a glob needs several for one, as in `[a-z]`. */
  globCharacters: 1_024,
  tokenNameCharacters: 64,
  /** Patterns, pairs of metadata and users of one token. */
  tokenUnits: 64,
  /** Ten years. */
  tokenTtlSeconds: 315_360_000,
  /** Machines that may join with one token. */
  tokenUses: 100_000,
  connections: 4_000,
  watchStreams: 2_000,
  /** Each stream runs a journalctl on its machine. */
  journalStreams: 256,
  /** Each request runs systemctl twice on its machine. Further requests wait. */
  statusesAtOnce: 16,
  /** How long the head of a request may take. */
  headMs: 20_000,
  /** How long a whole request may take. */
  requestMs: 60_000,
  headBytes: 16 * KIB,
} as const;
