/**
 * Bundles each program into one file, packages/<program>/dist/<program>.cjs, and fills V8's compile cache beside it, so
 * that the program starts quickly even on a read-only disk. Writes fleetctl's manual page there as well.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type BuildOptions } from "esbuild";
import { etcdProtoPlugin } from "./etcd-proto-plugin.ts";

const ROOT = join(import.meta.dirname, "..");

const PROGRAMS = ["fleetd", "fleetctl"] as const;
type Program = (typeof PROGRAMS)[number];

const LEFT_OUT = join(import.meta.dirname, "left-out.ts");

/**
 * An ES module bundle would load every Node module that it imports before its first line runs. In a CommonJS bundle,
 * each part loads Node modules when it is first used (fleetctl version: 32 instead of 80 ms; fleetd:
 * docs/performance.md).
 */
const OPTIONS = {
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node24",
  sourcemap: "linked",
  sourcesContent: false,
  // Comments are dropped because V8 keeps a program's text, and takes two bytes for each character if one of them needs
  // two. Names stay, for stack traces; shorter names saved no memory.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  legalComments: "linked",
  logLevel: "warning",
  // Prefer a package's ES module: some packages' CommonJS form (UMD) cannot be bundled.
  mainFields: ["module", "main"],
  // koffi loads a native file from its own directory. The others are optional dependencies of dbus-next and not
  // installed.
  external: ["koffi", "usocket", "x11"],
  alias: {
    // dbus-next uses xml2js only for introspection, which Flotilla does not use.
    xml2js: join(import.meta.dirname, "no-xml2js.ts"),
    "@fastify/ajv-compiler": LEFT_OUT,
    "@fastify/fast-json-stringify-compiler": LEFT_OUT,
    "light-my-request": LEFT_OUT,
  },
  plugins: [etcdProtoPlugin],
} satisfies BuildOptions;

const results = await Promise.allSettled(PROGRAMS.map(buildProgram));
// esbuild has already printed its errors.
if (results.some(({ status }) => status === "rejected")) process.exitCode = 1;
else await buildManPage();

async function buildProgram(program: Program): Promise<void> {
  const directory = join(ROOT, "packages", program);
  const dist = join(directory, "dist");
  const entry = join(directory, "src/main.ts");
  if (!existsSync(entry)) return;
  if (program === "fleetd") await buildDaemon(entry, dist);
  else await build({ ...OPTIONS, entryPoints: [entry], outfile: join(dist, `${program}.cjs`) });
  // Delete the cache only now: until a build succeeds, the previous build remains usable.
  await rm(join(dist, "compile-cache"), { recursive: true, force: true });
  // The launcher sets the cache's directory. This run fills the cache for all later runs.
  execFileSync(join(directory, "bin", program), ["--version"], { stdio: ["ignore", "ignore", "inherit"] });
  if (program !== "fleetd") return;
  await buildCertificates(dist);
  rehearse(dist, flagsIn(await readFile(join(directory, "bin/fleetd"), "utf8")));
}

/** Builds fleetd's program and the loader that runs it with a code cache (fleetd-main.ts). */
async function buildDaemon(entry: string, dist: string): Promise<void> {
  await build({ ...OPTIONS, entryPoints: [entry], outfile: join(dist, "fleetd-program.cjs") });
  await rm(join(dist, "fleetd-program.code"), { force: true });
  await build({
    ...OPTIONS,
    entryPoints: [join(import.meta.dirname, "fleetd-main.ts")],
    outfile: join(dist, "fleetd.cjs"),
  });
}

/** Builds the program that fleetd starts for one-time work; it shares fleetd's compile cache. */
async function buildCertificates(dist: string): Promise<void> {
  const outfile = join(dist, "certificates.cjs");
  const entry = join(ROOT, "packages/membership/src/certificates-main.ts");
  await build({ ...OPTIONS, entryPoints: [entry], outfile });
  execFileSync(process.execPath, [outfile], {
    input: JSON.stringify({ make: "cluster", now: 0 }),
    env: { ...process.env, NODE_COMPILE_CACHE: join(dist, "compile-cache") },
    stdio: ["pipe", "ignore", "inherit"],
  });
}

/**
 * Writes fleetd's code cache. Without one, for example where dbus-daemon is missing, fleetd works but starts more
 * slowly.
 */
function rehearse(dist: string, flags: readonly string[]): void {
  const main = join(ROOT, "test/rehearsal/main.ts");
  const { status, stderr } = spawnSync(process.execPath, [...flags, main, dist], {
    encoding: "utf8",
    // Much longer than a rehearsal takes. Without a limit, a child that keeps the output open would block the build.
    timeout: 120_000,
  });
  if (status === 0) return;
  const why = stderr.trim().split("\n").slice(-5).join("\n");
  process.stderr.write(`fleetd could not be rehearsed, so it will take longer to start:\n${why}\n`);
}

/** Returns the flags with which the launcher starts Node: V8 rejects a code cache made with other flags. */
function flagsIn(launcher: string): readonly string[] {
  const flags = /^exec "\$node" (.*?) "\$program"/ms.exec(launcher)?.[1];
  if (flags === undefined) throw new Error("bin/fleetd starts Node in a way that scripts/build.ts does not know");
  return flags.split(/[\s\\]+/);
}

async function buildManPage(): Promise<void> {
  const page = execFileSync(process.execPath, [join(ROOT, "packages/fleetctl/src/manual/main.ts")]);
  await writeFile(join(ROOT, "packages/fleetctl/dist/fleetctl.1"), page);
}
