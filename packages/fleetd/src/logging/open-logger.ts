import type { Logger } from "@flotilla/runtime";
import type { NativeCalls } from "../host/native-calls.ts";
import { journalLogger } from "./journal-logger.ts";
import { journalWriter } from "./journal-writer.ts";
import { textLogger } from "./text-logger.ts";

/** Whether standard error is connected to the journal (systemd.exec(5), JOURNAL_STREAM). */
export function logsToJournal(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment["JOURNAL_STREAM"] !== undefined;
}

/** Opens a logger to the journal if standard error is connected to it, else to standard error. */
export function openLogger(
  native: NativeCalls,
  environment: Readonly<Record<string, string | undefined>>,
  verbosity: () => number,
): Logger {
  if (logsToJournal(environment))
    return journalLogger(
      journalWriter((entry) => native.sendToJournal(entry)),
      verbosity,
    );
  return textLogger((line) => process.stderr.write(line), verbosity);
}
