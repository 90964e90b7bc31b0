/**
 * Bundles each program into one file, packages/<program>/dist/<program>.cjs, and warms V8's compile cache
 * beside it, so that it starts quickly also where the disk is read-only. Writes fleetctl's manual page beside it, too.
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
 * As an ES module, a bundle loads every module of Node's that any part of it imports before its first line runs;
 * as CommonJS, each part loads its own when it is first used (fleetctl version: 32 instead of 80 ms; fleetd:
 * docs/performance.md).
 */
const OPTIONS = {
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node24",
  sourcemap: "linked",
  sourcesContent: false,
  // Without comments: V8 keeps a program's text, and takes two bytes for each character if one of them needs two. Names
  // stay, for stack traces; to shorten them too has saved no memory.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  legalComments: "linked",
  logLevel: "warning",
  // Some packages' CommonJS form is one that no bundler can follow (UMD).
  mainFields: ["module", "main"],
  // koffi finds its native part beside itself; the others are options of dbus-next that are not installed.
  external: ["koffi", "usocket", "x11"],
  alias: {
    // dbus-next reads descriptions of objects with it, of which nothing of ours asks for one.
    xml2js: join(import.meta.dirname, "no-xml2js.ts"),
    "@fastify/ajv-compiler": LEFT_OUT,
    "@fastify/fast-json-stringify-compiler": LEFT_OUT,
    "light-my-request": LEFT_OUT,
  },
  plugins: [etcdProtoPlugin],
} satisfies BuildOptions;

const results = await Promise.allSettled(PROGRAMS.map(buildProgram));
// esbuild has said by now what is wrong and where; its error repeats that.
if (results.some(({ status }) => status === "rejected")) process.exitCode = 1;
else await buildManPage();

async function buildProgram(program: Program): Promise<void> {
  const directory = join(ROOT, "packages", program);
  const dist = join(directory, "dist");
  const entry = join(directory, "src/main.ts");
  if (!existsSync(entry)) return;
  if (program === "fleetd") await buildDaemon(entry, dist);
  else await build({ ...OPTIONS, entryPoints: [entry], outfile: join(dist, `${program}.cjs`) });
  // Only now: until a build has succeeded, the one before it can be run.
  await rm(join(dist, "compile-cache"), { recursive: true, force: true });
  // The launcher names the cache's directory; what it compiles on this run is read on every later one.
  execFileSync(join(directory, "bin", program), ["--version"], { stdio: ["ignore", "ignore", "inherit"] });
  if (program !== "fleetd") return;
  await buildCertificates(directory);
  rehearse(dist, flagsIn(await readFile(join(directory, "bin/fleetd"), "utf8")));
}

/** The program, what runs it, and what V8 has compiled of it in a rehearsal. */
async function buildDaemon(entry: string, dist: string): Promise<void> {
  await build({ ...OPTIONS, entryPoints: [entry], outfile: join(dist, "fleetd-program.cjs") });
  await rm(join(dist, "fleetd-program.code"), { force: true });
  await build({
    ...OPTIONS,
    entryPoints: [join(import.meta.dirname, "fleetd-main.ts")],
    outfile: join(dist, "fleetd.cjs"),
  });
}

/** The program that fleetd runs for what is needed once; it shares fleetd's compile cache. */
async function buildCertificates(directory: string): Promise<void> {
  const outfile = join(directory, "dist/certificates.cjs");
  await build({ ...OPTIONS, entryPoints: [join(directory, "src/certificates-main.ts")], outfile });
  execFileSync(process.execPath, [outfile], {
    input: JSON.stringify({ make: "cluster", now: 0 }),
    env: { ...process.env, NODE_COMPILE_CACHE: join(directory, "dist/compile-cache") },
    stdio: ["pipe", "ignore", "inherit"],
  });
}

/** Where it cannot be had, for want of a dbus-daemon say, fleetd works as well. */
function rehearse(dist: string, flags: readonly string[]): void {
  const main = join(ROOT, "test/rehearsal/main.ts");
  const { status, stderr } = spawnSync(process.execPath, [...flags, main, dist], {
    encoding: "utf8",
    // Far more than it needs; what it has started may hold its output open when it has died.
    timeout: 120_000,
  });
  if (status === 0) return;
  const why = stderr.trim().split("\n").slice(-5).join("\n");
  process.stderr.write(`fleetd could not be rehearsed, so it will take longer to start:\n${why}\n`);
}

/** What V8 has compiled with other flags it does not take. */
function flagsIn(launcher: string): readonly string[] {
  const flags = /^exec "\$node" (.*?) "\$program"/ms.exec(launcher)?.[1];
  if (flags === undefined) throw new Error("bin/fleetd starts Node in a way that scripts/build.ts does not know");
  return flags.split(/[\s\\]+/);
}

async function buildManPage(): Promise<void> {
  const page = execFileSync(process.execPath, [join(ROOT, "packages/fleetctl/src/manual/main.ts")]);
  await writeFile(join(ROOT, "packages/fleetctl/dist/fleetctl.1"), page);
}
