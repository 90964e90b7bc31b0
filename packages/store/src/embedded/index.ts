export { type EmbeddedStore, openEmbeddedStore } from "./embedded-store.ts";
export { restoreStoreFile } from "./restore-store-file.ts";
