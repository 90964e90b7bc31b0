export * from "./peer/index.ts";
export * from "./server/index.ts";
