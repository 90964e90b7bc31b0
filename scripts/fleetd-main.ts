import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compileProgram } from "./program.ts";

/** dist/fleetd.cjs: runs fleetd's program, which is beside it, with V8's code cache. */
const directory = dirname(process.argv[1] ?? "");

compileProgram(join(directory, "fleetd-program.cjs"), compiledCode()).run();

/** V8's code cache of the program, written by the build. */
function compiledCode(): Buffer | undefined {
  try {
    return readFileSync(join(directory, "fleetd-program.code"));
  } catch {
    // The build wrote no cache: V8 compiles the program while it runs.
    return undefined;
  }
}
