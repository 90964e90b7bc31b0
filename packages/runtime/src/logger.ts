/** Plain values that go with a log line, for machines to search by. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where log lines go. The message is a sentence without variables in it; the fields carry them. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose every line also carries `fields`. */
  child(fields: LogFields): Logger;
}

/** Drops every line: for tests and for programs that only print results. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};
