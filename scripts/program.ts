import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { constants, Script } from "node:vm";
import { crc32 } from "node:zlib";

/** The head of the function in which Node wraps a CommonJS module. */
const HEAD = "(function (exports, require, module, __filename, __dirname) { ";

type Wrapped = (
  exports: object,
  require: NodeJS.Require,
  module: { readonly exports: object },
  filename: string,
  directory: string,
) => void;

export interface Program {
  run(): void;
  /** Returns V8's code cache, which includes the functions that have run so far. */
  code(): Buffer;
}

/**
 * Compiles a CommonJS bundle with V8's code cache of an earlier run. Node's own compile cache contains only the code
 * that V8 compiles before the first line runs, so it lacks most functions.
 * @param filename the bundle, which must be in ASCII, as esbuild writes it.
 * @param code the code cache; ignored if the text, V8 or its flags have changed since.
 */
export function compileProgram(filename: string, code?: Buffer): Program {
  const bytes = readFileSync(filename);
  // V8 compares only the length of the text.
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes));
  const script = new Script(`${HEAD}${bytes.toString("latin1")}\n})`, {
    filename,
    columnOffset: -HEAD.length,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(code?.subarray(0, 4).equals(checksum) && { cachedData: code.subarray(4) }),
  });
  return {
    run: () => {
      const module = { exports: {} };
      const wrapped = script.runInThisContext() as Wrapped;
      wrapped.call(module.exports, module.exports, createRequire(filename), module, filename, dirname(filename));
    },
    code: () => Buffer.concat([checksum, script.createCachedData()]),
  };
}
