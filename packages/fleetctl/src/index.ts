export type { Environment, Output } from "./environment.ts";
export { run } from "./run.ts";
