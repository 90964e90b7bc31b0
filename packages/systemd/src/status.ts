import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
import { isUnitName, parseUnitName } from "@flotilla/unit";
import { ReaderError } from "./reader-error.ts";
import { HostUnitError } from "./unit-manager-error.ts";

export interface StatusOptions {
  /** Ask a user's systemd instead of the machine's. */
  readonly user?: boolean;
  /** How long systemctl may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
}

export interface UnitStatus {
  /** The output of `systemctl status`. */
  readonly text: string;
  /** The exit status: 0 active, 3 not active, 4 no such unit (systemctl(1), as in the LSB). */
  readonly exitCode: number;
}

const TIME_LIMIT_MS = 10_000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/**
 * Returns the output of `systemctl status` for a unit of the cluster on this machine.
 * @throws HostUnitError for a unit of the host; ReaderError when systemctl cannot be run or does not end in time;
 *   UnitNameError for an invalid name; the signal's reason.
 */
export async function readStatus(name: string, options: StatusOptions, signal: AbortSignal): Promise<UnitStatus> {
  parseUnitName(name);
  signal.throwIfAborted();
  await readOrigin(name, options, signal);
  return await systemctl("status", ["--no-pager", "--full"], [name], options, signal);
}

/**
 * Makes sure that systemd has this unit from the cluster, if it has the unit at all.
 * @returns whether drop-ins of the host change the unit.
 * @throws HostUnitError for a unit of the host; ReaderError; the signal's reason.
 */
export async function readOrigin(
  name: string,
  options: StatusOptions,
  signal: AbortSignal,
): Promise<{ readonly hasDropIns: boolean }> {
  const { text } = await systemctl("show", ["--property=LoadState,FragmentPath,DropInPaths"], [name], options, signal);
  const where = await hostOriginIn(text, name);
  if (where !== undefined) throw new HostUnitError(name, where);
  return { hasDropIns: /^DropInPaths=./m.test(text) };
}

/**
 * Returns those of these units that are not the host's: systemd has loaded them from the cluster's files, or has not
 * loaded them. Invalid names are left out.
 * @throws ReaderError when systemctl cannot be run or does not end in time; the signal's reason.
 */
export async function clusterUnits(
  candidates: readonly string[],
  options: StatusOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const names = candidates.filter(isUnitName);
  if (names.length === 0) return [];
  const { text } = await systemctl("show", ["--property=LoadState,FragmentPath"], names, options, signal);
  // One block for each unit, in the order of the arguments.
  const blocks = text.trim().split("\n\n");
  const origins = await Promise.all(names.map((name, index) => hostOriginIn(blocks[index] ?? "", name)));
  return names.filter((_, index) => origins[index] === undefined);
}

/**
 * The file of the host from which systemd has loaded this unit; undefined when systemd has not loaded it, or has loaded
 * it from a directory fleet/units, which has the cluster's files.
 */
async function hostOriginIn(shown: string, name: string): Promise<string | undefined> {
  const [loadState = "", fragment = ""] = ["LoadState", "FragmentPath"].map((property) =>
    new RegExp(`^${property}=(.*)$`, "m").exec(shown)?.[1]?.trim(),
  );
  if (fragment === "") return ["", "not-found"].includes(loadState) ? undefined : "loaded in systemd";
  // A missing file is not the host's; a unit of the cluster may run although its file is gone.
  const file = await realpath(fragment).catch(() => undefined);
  return file === undefined || file.endsWith(`/fleet/units/${name}`) ? undefined : fragment;
}

/** @throws ReaderError when systemctl cannot be run or does not end in time; the signal's reason. */
export async function systemctl(
  verb: string,
  flags: readonly string[],
  names: readonly string[],
  { user, timeoutMs = TIME_LIMIT_MS }: StatusOptions,
  signal: AbortSignal,
): Promise<UnitStatus> {
  const args = [...(user === true ? ["--user"] : []), verb, ...flags, "--", ...names];
  const limits = { signal, timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: MAX_OUTPUT_BYTES } as const;
  return await new Promise<UnitStatus>((resolve, reject) => {
    execFile("systemctl", args, limits, (error, stdout, stderr) => {
      if (signal.aborted) reject(signal.reason as Error);
      else if (error === null) resolve({ text: stdout + stderr, exitCode: 0 });
      else if (typeof error.code === "number") resolve({ text: stdout + stderr, exitCode: error.code });
      else if (error.killed === true)
        reject(new ReaderError(`systemctl ${verb} ${names.join(" ")} did not end within ${timeoutMs} ms`));
      else reject(new ReaderError(`cannot run systemctl: ${error.message}`, { cause: error }));
    });
  });
}
