import { setFlagsFromString } from "node:v8";

/**
 * V8's flags about compiled code. An agent handles some hundred units and otherwise waits: it does without TurboFan, whose
 * first use takes 6 MB of resident memory (Maglev compiles code that runs often), and drops code that has not run between
 * two of the daemon's collections of garbage, such as that of its start. Each of these is two collections for V8. A server
 * has V8's defaults, because it works for the whole cluster.
 */
const FLAGS = {
  server: ["--turbofan", "--bytecode-old-age=6"],
  agent: ["--no-turbofan", "--bytecode-old-age=3"],
} as const;

/** Sets how much compiled code V8 makes and keeps from now on. */
export function keepCompiledCode(role: keyof typeof FLAGS): void {
  for (const flag of FLAGS[role]) setFlagsFromString(flag);
}
