import { createReadStream, rmSync, writeFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { StoreBackupError, type StoreKeeper, type StoreReport } from "@flotilla/api";
import { messageOf, rethrowProgrammingError, untilAborted } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import type { StoreMover } from "../move/store-mover.ts";
import { storeName } from "../move/store-target.ts";
import type { StoreBackup } from "./open-store.ts";

export interface MemberStoreOptions {
  readonly config: FleetdConfig;
  readonly store: Store;
  /** Missing for a store that is not a file of this machine. */
  readonly backup: StoreBackup | undefined;
  readonly mover: StoreMover;
  readonly defaultPath: string;
}

/** The store of this daemon, for its API. */
export class MemberStore implements StoreKeeper {
  readonly #options: MemberStoreOptions;
  #copying = false;

  constructor(options: MemberStoreOptions) {
    this.#options = options;
    // An earlier daemon may have been killed while it copied the store.
    if (options.backup) rmSync(copyOf(options.backup), { force: true });
  }

  report(): StoreReport {
    const { config, defaultPath, mover } = this.#options;
    const { report } = mover;
    return { store: storeName(config, defaultPath), ...(report && { move: report }) };
  }

  move(to: string, signal: AbortSignal): Promise<void> {
    const { config, store, mover } = this.#options;
    return mover.request(to, config, store, signal);
  }

  /** The copy is a file without a name, so that nothing is left of it when the reader has gone or the daemon has died. */
  async backup(signal: AbortSignal): Promise<Readable> {
    const { backup } = this.#options;
    if (!backup)
      throw new StoreBackupError(
        "the cluster's store is etcd, which makes a copy of itself: etcdctl snapshot save FILE",
      );
    if (this.#copying) throw new StoreBackupError("another backup of the store is being made; try again");
    this.#copying = true;
    const path = copyOf(backup);
    try {
      // Only root may read the copy: it holds the private key of the cluster's authority.
      rmSync(path, { force: true });
      writeFileSync(path, "", { mode: 0o600, flag: "wx" });
      await untilAborted([signal], () => backup.write(path));
      return await openedFile(path);
    } catch (error) {
      signal.throwIfAborted();
      rethrowProgrammingError(error);
      throw new StoreBackupError(`cannot copy the store to ${path}: ${messageOf(error)}`, { cause: error });
    } finally {
      rmSync(path, { force: true });
      this.#copying = false;
    }
  }
}

function copyOf({ path }: StoreBackup): string {
  return `${path}.backup`;
}

/** Resolves when the file is open, so that its name may be removed. */
async function openedFile(path: string): Promise<Readable> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const file = createReadStream(path);
  file.once("open", () => resolve());
  file.once("error", reject);
  await promise;
  return file;
}
