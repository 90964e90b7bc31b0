/**
 * Bundles each program into one file, packages/<program>/dist/<program>.js, and warms V8's compile cache
 * beside it, so that it starts quickly also where the disk is read-only.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { build, type BuildOptions } from "esbuild";
import { etcdProtoPlugin } from "./etcd-proto-plugin.ts";

const ROOT = join(import.meta.dirname, "..");
const PROGRAMS = ["fleetd", "fleetctl"];

const OPTIONS = {
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  sourcemap: "linked",
  sourcesContent: false,
  keepNames: true,
  logLevel: "warning",
  // Some packages' CommonJS form is one that no bundler can follow (UMD).
  mainFields: ["module", "main"],
  // koffi finds its native part beside itself; the others are options of dbus-next that are not installed.
  external: ["koffi", "usocket", "x11"],
  plugins: [etcdProtoPlugin],
  // Bundled CommonJS modules ask for Node's own modules, and where they are, in the CommonJS way.
  banner: {
    js: [
      'import { createRequire as __createRequire } from "node:module";',
      "const require = __createRequire(import.meta.url);",
      "const __filename = import.meta.filename;",
      "const __dirname = import.meta.dirname;",
    ].join("\n"),
  },
} satisfies BuildOptions;

const results = await Promise.allSettled(PROGRAMS.map(buildProgram));
// esbuild has said by now what is wrong and where; its error repeats that.
if (results.some(({ status }) => status === "rejected")) process.exitCode = 1;

async function buildProgram(program: string): Promise<void> {
  const directory = join(ROOT, "packages", program);
  const entry = join(directory, "src/main.ts");
  if (!existsSync(entry)) return;
  await rm(join(directory, "dist"), { recursive: true, force: true });
  await build({ ...OPTIONS, entryPoints: [entry], outfile: join(directory, "dist", `${program}.js`) });
  // The launcher names the cache's directory; what it compiles on this run is read on every later one.
  execFileSync(join(directory, "bin", program), ["--version"], { stdio: ["ignore", "ignore", "inherit"] });
}
