import { FlotillaError } from "@flotilla/runtime";

/** The present value of a secret. */
export interface SecretValue {
  /** The number of the change that gave the secret this value: see `Secret` in the model. */
  readonly number: number;
  readonly value: Buffer;
}

/** Where an agent gets secrets from: the servers give a secret only to a machine with a unit that names the secret. */
export interface SecretSource {
  /**
   * Reads the secret for a unit that is assigned to this machine.
   * @throws SecretError if the servers refuse; an OutageError if none answers.
   */
  fetch(unit: string, name: string, signal: AbortSignal): Promise<SecretValue>;
}

/** A secret cannot be had: it does not exist, or this machine may not have it. The message gives the reason. */
export class SecretError extends FlotillaError {
  readonly code = "secret-unavailable";
}
