/**
 * Bundles each program into one file, packages/<program>/dist/<program>.js or .cjs, and warms V8's compile cache
 * beside it, so that it starts quickly also where the disk is read-only. Writes fleetctl's manual page beside it, too.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type BuildOptions } from "esbuild";
import { etcdProtoPlugin } from "./etcd-proto-plugin.ts";

const ROOT = join(import.meta.dirname, "..");

/**
 * As an ES module, a bundle loads every module of Node's that any part of it imports before its first line runs;
 * as CommonJS, each part loads its own when it is first used. For a program that is started for every command that
 * is half its start (fleetctl version: 32 instead of 80 ms).
 */
const FORMATS = { fleetd: "esm", fleetctl: "cjs" } as const;
type Program = keyof typeof FORMATS;

const OPTIONS = {
  bundle: true,
  platform: "node",
  target: "node24",
  sourcemap: "linked",
  sourcesContent: false,
  keepNames: true,
  logLevel: "warning",
  // Some packages' CommonJS form is one that no bundler can follow (UMD).
  mainFields: ["module", "main"],
  // koffi finds its native part beside itself; the others are options of dbus-next that are not installed.
  external: ["koffi", "usocket", "x11"],
  plugins: [etcdProtoPlugin],
} satisfies BuildOptions;

/** Inside an ES module, CommonJS modules ask for Node's own modules, and where they are, in the CommonJS way. */
const ESM_BANNER = [
  'import { createRequire as __createRequire } from "node:module";',
  "const require = __createRequire(import.meta.url);",
  "const __filename = import.meta.filename;",
  "const __dirname = import.meta.dirname;",
].join("\n");

const results = await Promise.allSettled([buildProgram("fleetd"), buildProgram("fleetctl")]);
// esbuild has said by now what is wrong and where; its error repeats that.
if (results.some(({ status }) => status === "rejected")) process.exitCode = 1;
else await buildManPage();

async function buildProgram(program: Program): Promise<void> {
  const directory = join(ROOT, "packages", program);
  const entry = join(directory, "src/main.ts");
  if (!existsSync(entry)) return;
  const format = FORMATS[program];
  const outfile = join(directory, "dist", `${program}${format === "cjs" ? ".cjs" : ".js"}`);
  await build({
    ...OPTIONS,
    format,
    entryPoints: [entry],
    outfile,
    ...(format === "esm" && { banner: { js: ESM_BANNER } }),
  });
  // Only now: until a build has succeeded, the one before it can be run.
  await rm(join(directory, "dist/compile-cache"), { recursive: true, force: true });
  // The launcher names the cache's directory; what it compiles on this run is read on every later one.
  execFileSync(join(directory, "bin", program), ["--version"], { stdio: ["ignore", "ignore", "inherit"] });
}

async function buildManPage(): Promise<void> {
  const page = execFileSync(process.execPath, [join(ROOT, "packages/fleetctl/src/manual/main.ts")]);
  await writeFile(join(ROOT, "packages/fleetctl/dist/fleetctl.1"), page);
}
