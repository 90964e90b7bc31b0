import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { type MachineIdentity, peerName } from "./identity.ts";

/** The least remaining validity of a loaded certificate, milliseconds: a daemon may run for a year without a restart. */
const LEAST_LEFT_MS = 365 * 24 * 3_600_000;

/** The file with this machine's certificate and key, for the next process. Only the daemon's user can read the file. */
export class SavedIdentity {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Loads the identity; undefined if it is of another machine, of another cluster, or not valid for another year.
   * @param ca the authority's certificate, PEM.
   * @param now milliseconds since the epoch.
   */
  load(ca: string, machineID: string, now: number): MachineIdentity | undefined {
    try {
      const saved = JSON.parse(readFileSync(this.#path, "utf8")) as MachineIdentity;
      return saved.ca === ca && isOf(saved, machineID) && isValid(saved, now) ? saved : undefined;
    } catch {
      // A missing or unusable file means that a new certificate is needed.
      return undefined;
    }
  }

  /** @throws the errors of node:fs. */
  save(identity: MachineIdentity): void {
    const unfinished = `${this.#path}.new`;
    writeFileSync(unfinished, JSON.stringify(identity), { mode: 0o600 });
    renameSync(unfinished, this.#path);
  }
}

function isOf({ key, cert, ca }: MachineIdentity, machineID: string): boolean {
  const certificate = new X509Certificate(cert);
  return (
    certificate.checkHost(peerName(machineID)) !== undefined &&
    certificate.checkPrivateKey(createPrivateKey(key)) &&
    certificate.verify(new X509Certificate(ca).publicKey)
  );
}

function isValid({ cert }: MachineIdentity, now: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(cert);
  return validFromDate.getTime() <= now && now + LEAST_LEFT_MS < validToDate.getTime();
}
