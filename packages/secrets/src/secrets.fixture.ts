import { SecretRegistry, UnitRegistry } from "@flotilla/registry";
import { ManualClock } from "@flotilla/runtime";
import { MemoryStore } from "@flotilla/store/memory";
import { digestText } from "@flotilla/unit";
import { SecretCipher } from "./secret-cipher.ts";
import { type SecretsKeyStore, SecretVault } from "./secret-vault.ts";

/** A key file in memory; `text` is undefined while there is no file. */
export class MemorySecretsKey implements SecretsKeyStore {
  readonly path = "/var/lib/fleet/secrets.key";
  text: string | undefined;

  load(): SecretCipher | undefined {
    return this.text === undefined ? undefined : SecretCipher.fromKeyText(this.text);
  }

  create(): SecretCipher {
    this.text = SecretCipher.newKeyText();
    const cipher = this.load();
    if (!cipher) throw new Error("the new key is unusable");
    return cipher;
  }
}

/** A store with servers that write and read secrets. */
export class SecretsLab {
  readonly clock = new ManualClock();
  readonly server = new MemoryStore({ clock: this.clock });
  readonly store = this.server.connect();
  readonly key = new MemorySecretsKey();
  readonly vault = this.serverWith(this.key);

  /** Another server of the cluster, with its own key file. */
  serverWith(key: SecretsKeyStore, machineID = "m1"): SecretVault {
    return new SecretVault({ secrets: new SecretRegistry(this.store), key, machineID, clock: this.clock });
  }

  /** Assigns a unit with this file to the machine. */
  async assign(machineID: string, unit: string, text: string): Promise<void> {
    await new UnitRegistry(this.store).edit(unit, () => ({ action: "write", text, desired: "launched" }));
    const value = JSON.stringify({ digest: digestText(text), hash: "", desired: "launched" });
    await this.store.txn({ onSuccess: [{ put: `assignment/${machineID}/${unit}`, value }] });
  }

  /** Everything in the store, as one text. */
  async dump(): Promise<string> {
    return JSON.stringify((await this.store.range({ prefix: "" })).entries);
  }
}
