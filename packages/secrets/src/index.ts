export { RemoteSecretSource } from "./remote-secret-source.ts";
export { SECRETS_PATH } from "./read-protocol.ts";
export { SecretCipher } from "./secret-cipher.ts";
export { SecretRefusedError } from "./secret-error.ts";
export { secretsHandler } from "./secrets-handler.ts";
export {
  MOST_SECRET_BYTES,
  type SecretsKeyStore,
  SecretVault,
  type SecretWrite,
  type SecretWritten,
} from "./secret-vault.ts";
