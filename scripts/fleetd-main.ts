import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compileProgram } from "./program.ts";

/** dist/fleetd.cjs: runs the program beside it. */
const directory = dirname(process.argv[1] ?? "");

compileProgram(join(directory, "fleetd-program.cjs"), rehearsed()).run();

function rehearsed(): Buffer | undefined {
  try {
    return readFileSync(join(directory, "fleetd-program.code"));
  } catch {
    // It was built where it could not be rehearsed.
    return undefined;
  }
}
