import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

const ROOT = join(import.meta.dirname, "../..");

/** A file of the product with changed text. */
export interface ChangedFile {
  /** The path below the root of the sources. */
  readonly file: string;
  readonly text: string;
}

/**
 * Bundles a campaign's worker with all the code that it runs. Otherwise Node would load a thousand files and strip
 * their types in each worker, which takes longer than 10 seeds.
 * @returns the worker and its directory, which the caller must delete.
 */
export async function bundleWorker(changed?: ChangedFile): Promise<{ directory: string; worker: string }> {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-simulation-"));
  const worker = join(directory, "campaign-worker.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "campaign-worker.ts")],
    outfile: worker,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    sourcemap: "inline",
    sourcesContent: false,
    logLevel: "warning",
    mainFields: ["module", "main"],
    // Bundled CommonJS packages load Node's modules with `require`.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    plugins: changed ? [withText(changed)] : [],
  });
  return { directory, worker };
}

function withText({ file, text }: ChangedFile): Plugin {
  const path = join(ROOT, file);
  return {
    name: "changed-file",
    setup: (builder) => {
      builder.onLoad({ filter: /\.ts$/ }, (args) =>
        args.path === path ? { contents: text, loader: "ts" } : undefined,
      );
    },
  };
}
