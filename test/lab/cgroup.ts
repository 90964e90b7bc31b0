import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "./wait-for.ts";

/**
 * A control group (v2, https://docs.kernel.org/admin-guide/cgroup-v2.html): a set of processes that the kernel tracks.
 * All of them can be frozen or killed at once, and none is missed.
 */
export class Cgroup {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** The machine's root group. */
  static async root(): Promise<Cgroup> {
    const mount = (await mounts()).find(({ type }) => type === "cgroup2");
    if (mount === undefined) throw new Error("no cgroup v2 is mounted on this machine: lab hosts need one");
    return new Cgroup(mount.path);
  }

  /**
   * The root of systemd's v1 hierarchy, on machines that still have it. systemd-nspawn also creates a host's v2 path
   * there, and does not remove it when nspawn is killed.
   */
  static async legacyRoot(): Promise<Cgroup | undefined> {
    const mount = (await mounts()).find(({ type, options }) => type === "cgroup" && options.includes("name=systemd"));
    return mount && new Cgroup(mount.path);
  }

  child(name: string): Cgroup {
    return new Cgroup(join(this.path, name));
  }

  async children(): Promise<Cgroup[]> {
    const entries = await readdir(this.path, { withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isDirectory()).map((entry) => this.child(entry.name));
  }

  get exists(): boolean {
    return existsSync(this.path);
  }

  /**
   * Creates the group. `delegate` enables the group's controllers for its children, so that hosts can account for
   * memory.
   */
  async create({ delegate = false } = {}): Promise<void> {
    await mkdir(this.path, { recursive: true });
    if (!delegate) return;
    const controllers = (await this.#read("cgroup.controllers")).split(" ").filter((name) => name !== "");
    await this.#write("cgroup.subtree_control", controllers.map((name) => `+${name}`).join(" "));
  }

  /** Returns a command line that joins the group and then executes `command`. */
  joining(command: readonly string[]): string[] {
    return ["/bin/sh", "-c", 'echo $$ > "$0" && exec "$@"', join(this.path, "cgroup.procs"), ...command];
  }

  async processes(): Promise<number[]> {
    return (await this.#read("cgroup.procs")).split("\n").filter(Boolean).map(Number);
  }

  /** Freezes every process in the group and its subgroups. */
  async freeze(): Promise<void> {
    await this.#write("cgroup.freeze", "1");
    await waitFor(`${this.path} to be frozen`, async () => (await this.#read("cgroup.events")).includes("frozen 1"));
  }

  async thaw(): Promise<void> {
    await this.#write("cgroup.freeze", "0");
  }

  /** Sends SIGKILL to every process in the group and its subgroups, frozen ones too. */
  async kill(): Promise<void> {
    await this.#write("cgroup.kill", "1");
  }

  async isEmpty(): Promise<boolean> {
    return !this.exists || (await this.#read("cgroup.events")).includes("populated 0");
  }

  /**
   * Removes the group and its subgroups.
   * @throws EBUSY while one of them has a process.
   */
  async remove(): Promise<void> {
    for (const child of await this.children()) await child.remove();
    await rmdir(this.path).catch(ignoreMissing);
  }

  async #read(file: string): Promise<string> {
    return (await readFile(join(this.path, file), "utf8")).trim();
  }

  async #write(file: string, value: string): Promise<void> {
    await writeFile(join(this.path, file), value);
  }
}

interface Mount {
  readonly path: string;
  readonly type: string;
  readonly options: readonly string[];
}

async function mounts(): Promise<Mount[]> {
  const lines = (await readFile("/proc/self/mounts", "utf8")).trim().split("\n");
  return lines.map((line) => {
    const [, path = "", type = "", options = ""] = line.split(" ");
    return { path, type, options: options.split(",") };
  });
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
