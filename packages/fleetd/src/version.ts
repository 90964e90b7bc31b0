import manifest from "../package.json" with { type: "json" };

/** The daemon's version, as in its package. */
export const VERSION: string = manifest.version;
