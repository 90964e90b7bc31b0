import { join } from "node:path";
import { SecretRegistry } from "@flotilla/registry";
import { SecretVault } from "@flotilla/secrets";
import { SecretsKeyFile } from "../secrets/secrets-key-file.ts";
import type { Parts } from "./parts.ts";

/** Opens the secrets of the cluster, with this server's key. */
export function openSecretVault({
  store,
  config,
  paths,
  facts,
  clock,
}: Pick<Parts, "store" | "config" | "paths" | "facts" | "clock">): SecretVault {
  return new SecretVault({
    secrets: new SecretRegistry(store),
    key: new SecretsKeyFile(config.secrets_keyfile || join(paths.stateDirectory, "secrets.key")),
    machineID: facts.id,
    clock,
  });
}
