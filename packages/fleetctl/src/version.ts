import manifest from "../package.json" with { type: "json" };

/** This program's version, as in its package. */
export const version: string = manifest.version;

/** Exactly fleet's form. */
export const versionLine = `fleetctl version ${version}`;
