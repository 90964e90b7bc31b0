import type { TokenRegistry } from "@flotilla/registry";
import { type Clock, logFailure, type Logger, rethrowProgrammingError } from "@flotilla/runtime";

/** How long an expired token stays listed, so that people see why it is refused, milliseconds. */
export const EXPIRED_TOKENS_STAY_MS = 7 * 24 * 3_600_000;

/** How often a server looks for tokens that expired so long ago, milliseconds. */
const CHECK_MS = 3_600_000;

export interface ExpiredTokensOptions {
  readonly tokens: Pick<TokenRegistry, "deleteExpired">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Deletes tokens that have expired. Every server does, since a deletion by one of them is complete. */
export async function deleteExpiredTokens(
  { tokens, clock, log }: ExpiredTokensOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const names = await tokens.deleteExpired(clock.wall() - EXPIRED_TOKENS_STAY_MS, signal);
      if (names.length > 0) log.info("deleted tokens that expired more than a week ago", { tokens: names.join(",") });
    } catch (error) {
      if (signal.aborted) return;
      rethrowProgrammingError(error);
      logFailure(log, "cannot delete expired tokens; trying again in an hour", error);
    }
    await clock.sleep(CHECK_MS, signal).catch(() => {});
  }
}
