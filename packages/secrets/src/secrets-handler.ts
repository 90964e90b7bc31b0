import { LinkAnswerError, type LinkHandler } from "@flotilla/link";
import { decode } from "@flotilla/registry";
import { isOutage, type Logger, messageOf } from "@flotilla/runtime";
import { readRequest } from "./read-protocol.ts";
import { SecretRefusedError } from "./secret-error.ts";
import type { SecretVault } from "./secret-vault.ts";

export interface SecretsHandlerOptions {
  readonly vault: Pick<SecretVault, "readFor">;
  readonly log: Logger;
}

/**
 * Answers agents that ask for a secret: each gets only the secrets that its units name. The link tells who asks without
 * the right; what the cluster lacks is logged here.
 */
export function secretsHandler({ vault, log }: SecretsHandlerOptions): LinkHandler {
  return async (call) => {
    const asked = decode(readRequest, await call.body());
    if (!asked) throw LinkAnswerError.because(400, "the body is not JSON with a unit and a name");
    try {
      const { number, value } = await vault.readFor(call.machineID, asked, call.signal);
      call.answer(200, JSON.stringify({ number, value: value.toString("base64") }));
    } catch (error) {
      if (isOutage(error)) throw LinkAnswerError.because(503, messageOf(error));
      if (!(error instanceof SecretRefusedError)) throw error;
      if (error.code !== "secret-refused")
        log.warn("a machine asked for a secret and does not get it", {
          machine: call.machineID,
          unit: asked.unit,
          secret: asked.name,
          error: error.message,
        });
      throw LinkAnswerError.because(STATUS[error.code], error.message);
    }
  };
}

const STATUS: Readonly<Record<SecretRefusedError["code"], number>> = {
  "secret-refused": 403,
  "secret-not-found": 404,
  "secret-exists": 409,
  "secret-too-large": 413,
  "secrets-key-wrong": 503,
};
