import { UsageError } from "../command-error.ts";

/** The error for text that is no token, which it does not show. */
export function notAToken(text: string): UsageError {
  const isBroken = /\s/.test(text.trim());
  const why = isBroken ? "there is a blank or a line break within it" : "it is not of the form fleet1.…";
  return new UsageError(`cannot read the token: ${why}; copy the whole token, as one line`);
}
