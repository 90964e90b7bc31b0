/** How much a unit file may hold. docs/reference/limits.md gives the reasons. */
export const UNIT_FILE_BOUNDS = {
  /** Every daemon reads each file in one go. systemd refuses a line beyond 1 MiB (LONG_LINE_MAX): none is as long. */
  bytes: 512 * 1024,
  lines: 10_000,
  options: 5_000,
  /** Of all values of [Unit] and [Install] together: the cluster looks at each name in them. */
  listCharacters: 65_536,
} as const;

/** How much the [X-Fleet] section may hold: the scheduler compares each entry with each unit and each machine. */
export const X_FLEET_BOUNDS = {
  /** Of the values of one option as they are written, blanks and quotes included. */
  writtenCharacters: 32_768,
  /** Of one option: names, globs, or pairs of metadata. */
  entries: 256,
  /** Of one entry, with specifiers expanded. */
  entryCharacters: 512,
  /** Of MachineOf=: each is a link that the leader follows. */
  companions: 32,
  /** Of Conflicts= and Replaces= together: entries that are no plain names. */
  globs: 32,
  /** Of these with `?`, a class or a backslash, which cost a step for each character of a name. */
  costlyGlobs: 8,
  /** Of the entries of Conflicts= and Replaces= together. */
  globCharacters: 4_096,
  /** Of all entries together. */
  characters: 16_384,
} as const;
