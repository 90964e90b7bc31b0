import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import type { Readable } from "node:stream";

/**
 * Replaces a file as a whole or not at all, durably. Only its owner can read it.
 * @throws the errors of node:fs, and of the stream.
 */
export async function replaceFile(target: string, content: string | Readable): Promise<void> {
  const unfinished = `${target}.${randomUUID()}`;
  try {
    const file = await open(unfinished, "wx", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
