import { readFileSync, readlinkSync } from "node:fs";

/** A part of the address space. */
export interface Mapping {
  readonly address: number;
  readonly bytes: number;
}

/** The head of a read-only mapping in proc_pid_smaps(5): addresses, permissions, offset, device, inode, path. */
const HEAD = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]. \S+ \S+ \d+ +(.+)$/m;

/**
 * Unmaps the pages of Node's program, most of which only the start has used. The kernel maps a page again when the
 * process touches it (a minor fault for each 64 KiB), so pages that are in use come back.
 * @param unmap see `NativeCalls`.
 */
export function unmapProgram(unmap: (mapping: Mapping) => void): void {
  for (const mapping of unwrittenMappings(readFileSync("/proc/self/smaps", "latin1"), readlinkSync("/proc/self/exe")))
    unmap(mapping);
}

/**
 * Returns the read-only mappings of a file of which this process has no pages of its own. To unmap a page that the
 * dynamic linker has written to, and then protected (RELRO), would lose the page. Mappings of libraries are not safe
 * either: another thread may load one at this moment, for example to resolve a name.
 */
export function unwrittenMappings(smaps: string, file: string): readonly Mapping[] {
  return smaps.split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/).flatMap((entry) => {
    const [, from = "", to = "", path] = HEAD.exec(entry) ?? [];
    const isUnwritten = ["Anonymous", "Swap"].every((kind) => new RegExp(`^${kind}: +0 kB$`, "m").test(entry));
    const address = parseInt(from, 16);
    return path === file && isUnwritten ? [{ address, bytes: parseInt(to, 16) - address }] : [];
  });
}
