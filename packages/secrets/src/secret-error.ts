import { FlotillaError } from "@flotilla/runtime";

/** A secret cannot be written, or cannot be given to the machine that asks. The message has the reason, never a value. */
export class SecretRefusedError extends FlotillaError {
  readonly code: "secret-not-found" | "secret-exists" | "secret-refused" | "secret-too-large" | "secrets-key-wrong";

  constructor(code: SecretRefusedError["code"], message: string) {
    super(message);
    this.code = code;
  }
}
