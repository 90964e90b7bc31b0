/** The limits of a unit file. docs/reference/limits.md gives the reasons. */
export const UNIT_FILE_LIMITS = {
  /** Below systemd's maximum for one line, 1 MiB (`LONG_LINE_MAX`), so no line can exceed that maximum. */
  bytes: 512 * 1024,
  lines: 10_000,
  options: 5_000,
  /** The total of all values in [Unit] and [Install]. The cluster examines each name in these values. */
  listCharacters: 65_536,
} as const;

/** The limits of [X-Fleet]. The scheduler compares each entry with each unit and each machine. */
export const X_FLEET_LIMITS = {
  /** The total of one option's values as written, with whitespace and quotes. */
  writtenCharacters: 32_768,
  /** Names, globs or metadata pairs of one option. */
  entries: 256,
  /** The length of one entry after specifier expansion. */
  entryCharacters: 512,
  /** Units in MachineOf=. The leader follows a link for each. */
  companions: 32,
  /** Values of the expressions in Prefers=. The leader evaluates each for each machine that can take the unit. */
  preferences: 32,
  /** The weight of one preference in Prefers=. */
  weight: 100,
  /** Priority=, above and below 0. */
  priority: 1_000,
  /** MaxPerMachine=. */
  perMachine: 100_000,
  /** CPUReserve=. No machine has as many cores. */
  cores: 65_536,
  /** Keys in SpreadBy=. */
  spreadKeys: 4,
  /** Globs in Conflicts=, Replaces= and Avoids= together; plain names do not count. */
  globs: 32,
  /** Globs with `?`, a class or a backslash. Matching such a glob costs a step for each character of a name. */
  costlyGlobs: 8,
  /** The total length of the entries of Conflicts=, Replaces= and Avoids=. */
  globCharacters: 4_096,
  /** The total length of all entries. */
  characters: 16_384,
} as const;
