import {
  JOURNAL_BOOT,
  JOURNAL_INVOCATION,
  JOURNAL_PRIORITY,
  type JournalFilter,
  MOST_PATTERN_CHARACTERS,
} from "@flotilla/unit";
import { parsePastTime } from "../arguments/past-time.ts";
import { UsageError } from "../command-error.ts";

/** journalctl's flags for choosing entries. */
export interface FilterFlags {
  readonly since?: string;
  readonly until?: string;
  readonly priority?: string;
  readonly grep?: string;
  readonly boot?: string;
  readonly invocation?: string;
  readonly follow: boolean;
}

/**
 * Reads the flags. Times are those of the computer where fleetctl runs.
 *
 * @param now milliseconds since the epoch.
 * @throws UsageError for a value that journalctl would not take.
 */
export function journalFilterOf(flags: FilterFlags, now: number): JournalFilter {
  const { since, until, priority, grep, boot, invocation, follow } = flags;
  if (until !== undefined && follow)
    throw new UsageError("cannot follow a journal with --until: leave out one of them");
  if (priority !== undefined && !JOURNAL_PRIORITY.test(priority)) {
    throw new UsageError(
      `unknown priority --priority=${priority}: use 0 to 7, emerg, alert, crit, err, warning, notice, info, debug, or a range such as err..warning`,
    );
  }
  if (boot !== undefined && !JOURNAL_BOOT.test(boot))
    throw new UsageError(
      `cannot read --boot=${boot}: use 0 for the present boot, -1 for the one before, or a boot's ID`,
    );
  if (invocation !== undefined && !JOURNAL_INVOCATION.test(invocation))
    throw new UsageError(`cannot read --invocation=${invocation}: use an ID that fleetctl runs shows`);
  if (grep === "" || (grep?.length ?? 0) > MOST_PATTERN_CHARACTERS)
    throw new UsageError(`cannot use this --grep: give a pattern of 1 to ${MOST_PATTERN_CHARACTERS} characters`);
  return {
    since: since === undefined ? undefined : new Date(parsePastTime(since, "--since", now)).toISOString(),
    until: until === undefined ? undefined : new Date(parsePastTime(until, "--until", now)).toISOString(),
    priority,
    grep,
    boot,
    invocation,
  };
}
