import type { SecretWriter } from "@flotilla/api";
import { SecretRegistry } from "@flotilla/registry";
import { FlotillaError } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";

class RefusedError extends FlotillaError {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Secrets that are stored, but not encrypted. */
export function storedSecrets(store: Store): SecretWriter {
  const registry = new SecretRegistry(store);
  return {
    async write(name, value, how, signal) {
      let written = { version: 0, changed: true };
      const sealed = value.toString("base64");
      const revision = await registry.edit(
        name,
        (current) => {
          if (how === "replace" && !current)
            throw new RefusedError("secret-not-found", `secret ${name} does not exist`);
          const changed = current?.sealed !== sealed;
          written = { version: (current?.version ?? 0) + (changed ? 1 : 0), changed };
          if (current && !written.changed) return { action: "keep" };
          if (how === "create" && current) throw new RefusedError("secret-exists", `secret ${name} exists`);
          const times = { createdAt: 0, updatedAt: 0 };
          const record = { version: written.version, size: value.length, ...times, keyID: "", digest: "", sealed };
          return { action: "put", record, key: { keyID: "", machineID: "" } };
        },
        signal,
      );
      return { ...written, revision };
    },
    delete: (name, signal) =>
      registry.delete(
        name,
        (isKnown) => {
          if (!isKnown) throw new RefusedError("secret-not-found", `secret ${name} does not exist`);
        },
        signal,
      ),
  };
}
