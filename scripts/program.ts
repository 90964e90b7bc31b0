import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { constants, Script } from "node:vm";
import { crc32 } from "node:zlib";

/** The function in which Node wraps a CommonJS module. */
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
  /** V8's code cache of the program so far, for a later run. */
  code(): Buffer;
}

/**
 * A CommonJS bundle with V8's code cache of an earlier run. Node's own compile cache contains only code that V8 compiles
 * before the first line runs, so most functions are missing.
 * @param filename of a text in ASCII, as esbuild writes it.
 * @param code of the earlier run; of no effect if that was of another text, or on another V8 or with other flags.
 */
export function compileProgram(filename: string, code?: Buffer): Program {
  const bytes = readFileSync(filename);
  // V8 itself only looks at the text's length.
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
