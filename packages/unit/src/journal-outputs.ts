/** The text output modes of journalctl(1). */
export const JOURNAL_OUTPUTS = [
  "short",
  "short-full",
  "short-iso",
  "short-iso-precise",
  "short-precise",
  "short-monotonic",
  "short-unix",
  "verbose",
  "export",
  "json",
  "json-pretty",
  "json-sse",
  "json-seq",
  "cat",
  "with-unit",
] as const;

export type JournalOutput = (typeof JOURNAL_OUTPUTS)[number];
