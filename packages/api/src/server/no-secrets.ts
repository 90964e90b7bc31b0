import { RequestError } from "./request-error.ts";
import type { SecretWriter } from "./ports.ts";

/** For a server of the API without secrets, as tests and benchmarks run: refuses every write. */
export const noSecrets: SecretWriter = {
  write: (name) => Promise.reject(new RequestError("secrets-key-wrong", `cannot write secret ${name} here`)),
  delete: (name) => Promise.reject(new RequestError("secret-not-found", `secret ${name} does not exist`)),
};
