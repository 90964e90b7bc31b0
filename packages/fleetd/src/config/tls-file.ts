import { readFile } from "node:fs/promises";
import { ConfigError } from "./config-error.ts";

/**
 * Reads a file in PEM; undefined for an empty path.
 * @throws ConfigError naming the option and the file.
 */
export async function readPem(option: string, path: string): Promise<Buffer | undefined> {
  if (path === "") return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new ConfigError(`cannot read ${option}="${path}": ${(error as Error).message}`, { cause: error });
  }
}

/** @throws ConfigError naming the options and the file if TLS does not accept the contents. */
export function checkTls(options: string, path: string, use: () => unknown): void {
  try {
    use();
  } catch (error) {
    throw new ConfigError(`cannot use ${options} ("${path}") for TLS: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
