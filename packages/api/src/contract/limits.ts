import { MOST_MACHINE_ID_CHARACTERS } from "@flotilla/model";

/** Bytes in a KiB and a MiB. */
const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * The bounds of the API. docs/reference/limits.md has each of them with its reason, and limits.test.ts asks for one more of each.
 * Sizes are in bytes, times in milliseconds.
 */
export const limits = {
  /** The largest unit file fits, even if every byte of it is escaped in JSON (`\u0001`, six for one). */
  unitBodyBytes: 3 * MIB + 256 * KIB,
  metadataBodyBytes: 256 * KIB,
  patchBodyBytes: MIB,
  /** Of every other route that takes a body. */
  bodyBytes: 4 * KIB,
  /** All bodies that a daemon holds at one time. */
  allBodiesBytes: 32 * MIB,
  jsonDepth: 32,
  /** Values and names in a body: JSON.parse takes 10 ms for them, and a unit file's options in v1 are 35,000. */
  jsonValues: 50_000,
  /** Names in one object; JSON.parse takes longer for each of many. */
  jsonNames: 1_024,
  /** What is no text in quotes: blanks, numbers, brackets. A long number takes long to read. */
  jsonBareBytes: MIB,
  patchOperations: 1_000,
  /** All is written in one transaction or not at all, and etcd takes 128 operations in one (--max-txn-ops). */
  patchMachines: 128,
  machineIDCharacters: MOST_MACHINE_ID_CHARACTERS,
  metadataKeyCharacters: 256,
  metadataValueCharacters: 4_096,
  metadataEdits: 1_000,
  /** Of a name or an ID in the path of a request. */
  pathPartCharacters: 1_024,
  /** Entries of one page of a list. */
  pageItems: 1_000,
  /** Lines of a journal to begin with. */
  journalLines: 1_000_000,
  /** A name has 256; some of a glob's characters stand for one of several. */
  globCharacters: 1_024,
  connections: 4_000,
  watchStreams: 2_000,
  /** A daemon runs a journalctl for each that is read on its machine. */
  journalStreams: 256,
  /** Each starts systemctl twice on its machine; what comes beyond them waits. */
  statusesAtOnce: 16,
  /** Requests whose head has not come whole in this time are ended. */
  headMs: 20_000,
  /** Requests whose body has not come whole in this time are ended. */
  requestMs: 60_000,
  headBytes: 16 * KIB,
} as const;
