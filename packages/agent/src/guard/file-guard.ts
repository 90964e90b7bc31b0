import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FlotillaError, removeFile, replaceFile } from "@flotilla/runtime";
import { notingOrigin } from "@flotilla/systemd";
import { sharesDropIns } from "@flotilla/unit";
import type { Guard } from "./guard.ts";

const DROP_IN = "50-fleet-exclusive.conf";

/** The guard checks every second. Without a check for longer than this, it counts as not running. */
const ALIVE_MS = 3_000;

/** The drop-ins of a unit with this name would affect other units of the host. */
export class NotGuardableError extends FlotillaError {
  readonly code = "not-guardable";

  constructor(unit: string) {
    super(
      `cannot guard ${unit}, which is exclusive or triggers an exclusive unit: systemd applies its drop-ins to every unit ` +
        "whose name has the same prefix (systemd.unit(5)); use a name that does not end in a dash before its suffix",
    );
  }
}

/**
 * The guard's files `deadline`, `alive`, `let-run`, `units/` and `stopped/`. Times are hundredths of a second since
 * boot, as in /proc/uptime.
 */
export class FileGuard implements Guard {
  readonly #directory: string;
  readonly #dropIns: string;
  readonly #stopLimitMs: number;
  readonly #units: Set<string>;
  #deadline: number;

  /**
   * @param directory the guard's directory, created if missing.
   * @param dropIns systemd's runtime directory, for drop-ins that make units start only while the guard allows it.
   * @param stopLimitMs how long units may take to stop before they are killed, in milliseconds.
   */
  constructor(directory: string, dropIns: string, stopLimitMs: number) {
    this.#directory = directory;
    this.#dropIns = dropIns;
    this.#stopLimitMs = stopLimitMs;
    mkdirSync(join(directory, "units"), { recursive: true, mode: 0o755 });
    this.#units = new Set(readdirSync(join(directory, "units")));
    this.#deadline = this.#read("deadline");
  }

  now(): number {
    return Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1_000;
  }

  get deadline(): number {
    return this.#deadline;
  }

  get units(): ReadonlySet<string> {
    return this.#units;
  }

  get stopped(): ReadonlySet<string> | undefined {
    try {
      return new Set(readdirSync(join(this.#directory, "stopped")));
    } catch (error) {
      // The guard creates the directory.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  forgetStop(unit: string): void {
    removeFile(join(this.#directory, "stopped", unit));
  }

  get isAlive(): boolean {
    return this.now() - this.#read("alive") < ALIVE_MS;
  }

  get allowsStart(): boolean {
    return existsSync(join(this.#directory, "let-run")) && this.isAlive;
  }

  setDeadline(until: number): void {
    const hundredths = (ms: number): number => Math.floor(ms / 10);
    replaceFile(join(this.#directory, "deadline"), `${hundredths(until)} ${hundredths(this.#stopLimitMs)}\n`);
    this.#deadline = until;
  }

  add(unit: string): void {
    if (this.isIntact(unit)) return;
    if (sharesDropIns(unit)) throw new NotGuardableError(unit);
    for (const directory of [this.#dropInOf(unit), join(this.#directory, "units")])
      mkdirSync(directory, { recursive: true, mode: 0o755 });
    writeFileSync(join(this.#dropInOf(unit), DROP_IN), this.#textFor(unit));
    writeFileSync(join(this.#directory, "units", unit), "");
    this.#units.add(unit);
  }

  isIntact(unit: string): boolean {
    if (!this.#units.has(unit) || !existsSync(join(this.#directory, "units", unit))) return false;
    try {
      return readFileSync(join(this.#dropInOf(unit), DROP_IN), "utf8") === this.#textFor(unit);
    } catch {
      return false;
    }
  }

  remove(unit: string): void {
    if (!this.#units.delete(unit)) return;
    removeFile(join(this.#directory, "units", unit));
    this.forgetStop(unit);
    const directory = this.#dropInOf(unit);
    removeFile(join(directory, DROP_IN));
    try {
      rmdirSync(directory);
    } catch (error) {
      // An administrator has other drop-ins there, or has removed the directory.
      if (!["ENOTEMPTY", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }

  /** systemd checks the assertion itself at each start, whatever requests the start (systemd.unit(5)). */
  #textFor(unit: string): string {
    return `[Unit]\nAssertPathExists=${join(this.#directory, "let-run")}\n${notingOrigin(unit)}`;
  }

  #dropInOf(unit: string): string {
    return join(this.#dropIns, `${unit}.d`);
  }

  #read(name: string): number {
    try {
      return Number(readFileSync(join(this.#directory, name), "utf8").split(" ")[0]) * 10 || 0;
    } catch {
      return 0;
    }
  }
}
