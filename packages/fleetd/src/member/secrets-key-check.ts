import { logFailure, type Logger, rethrowProgrammingError } from "@flotilla/runtime";
import type { SecretVault } from "@flotilla/secrets";

/** Warns once, when a server starts, that it cannot read secrets. Each request for a secret tells the same. */
export async function warnWithoutKey(
  vault: Pick<SecretVault, "keyProblem">,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  try {
    const reason = await vault.keyProblem(signal);
    if (reason !== undefined) log.warn("this server can neither read nor write secrets", { reason });
  } catch (error) {
    if (signal.aborted) return;
    rethrowProgrammingError(error);
    logFailure(log, "cannot check the key of the cluster's secrets", error);
  }
}
