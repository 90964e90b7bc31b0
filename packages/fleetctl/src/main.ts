import process from "node:process";
import { endWithoutOutput } from "./output/end-without-output.ts";
import { versionLine } from "./version.ts";

const args = process.argv.slice(2);
endWithoutOutput(process.stdout);

// Scripts often ask for the version, which needs no other module.
if (args.length === 1 && ["version", "--version", "-v"].includes(args[0] ?? "")) {
  process.stdout.write(`${versionLine}\n`);
} else {
  void import("./process.ts").then(({ runProcess }) => runProcess(args));
}
