import { StoreMoveRefusedError } from "@flotilla/registry";
import { StoreBackupError, type StoreKeeper } from "./ports.ts";

/** The store of a daemon that can neither move nor copy it. */
export function fixedStore(store: string): StoreKeeper {
  return {
    report: () => ({ store }),
    move: async () => {
      throw new StoreMoveRefusedError(`this daemon cannot move the store ${store}; ask a server`);
    },
    backup: async () => {
      throw new StoreBackupError(`this daemon has no database of the store ${store}; ask a server`);
    },
  };
}
