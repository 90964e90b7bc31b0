/** Which entries of a journal to read; each field as the option of journalctl(1) with the same name. */
export interface JournalFilter {
  /** RFC 3339. */
  readonly since?: string | undefined;
  /** RFC 3339. */
  readonly until?: string | undefined;
  /** A priority by name or number, which includes the more important ones, or a range FROM..TO. */
  readonly priority?: string | undefined;
  /** A Perl-compatible regular expression over messages. */
  readonly grep?: string | undefined;
  /** The ID of a boot, an offset from the present boot (0, -1, ...) or from the first (1, 2, ...), or both. */
  readonly boot?: string | undefined;
  /** systemd's invocation ID of a run of the unit. */
  readonly invocation?: string | undefined;
}

const PRIORITY = "(?:[0-7]|emerg|alert|crit|err|warning|notice|info|debug)";

/** The forms of `--priority=`. */
export const JOURNAL_PRIORITY = new RegExp(`^${PRIORITY}(?:\\.\\.${PRIORITY})?$`);

/** The forms of `--boot=`. */
export const JOURNAL_BOOT = /^(?:[0-9a-f]{32}(?:[+-]\d{1,5})?|[+-]?\d{1,5})$/;

/** An invocation ID of systemd. */
export const JOURNAL_INVOCATION = /^[0-9a-f]{32}$/;

/** The most characters of a pattern; journalctl compiles it for each request. */
export const MOST_PATTERN_CHARACTERS = 512;
