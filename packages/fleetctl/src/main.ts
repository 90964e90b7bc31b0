import process from "node:process";
import { exitOnOutputError } from "./output/exit-on-output-error.ts";
import { versionLine } from "./version.ts";

const args = process.argv.slice(2);
exitOnOutputError(process.stdout);

// Scripts often ask for the version, which needs no other module.
if (args.length === 1 && ["version", "--version", "-v"].includes(args[0] ?? "")) {
  process.stdout.write(`${versionLine}\n`);
} else {
  void import("./process.ts").then(({ runProcess }) => runProcess(args));
}
