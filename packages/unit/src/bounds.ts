/** How much a unit file may hold. docs/limits.md gives the reasons. */
export const UNIT_FILE_BOUNDS = {
  /** With its key and the unit in one request, a file must stay under etcd's 1.5 MiB (etcd, --max-request-bytes). */
  bytes: 1024 * 1024,
  /** systemd's LONG_LINE_MAX, in bytes; a line and the lines that continue it count together. */
  lineBytes: 1024 * 1024,
  lines: 20_000,
  options: 10_000,
} as const;

/** How much the [X-Fleet] section may hold: the scheduler compares each entry with each unit and each machine. */
export const X_FLEET_BOUNDS = {
  /** Of the values of one option as they are written, blanks and quotes included. */
  writtenCharacters: 32_768,
  /** Of one option: names, globs, or pairs of metadata. */
  entries: 256,
  /** Of one entry, with specifiers expanded. */
  entryCharacters: 512,
  /** Of all entries together. */
  characters: 16_384,
} as const;
