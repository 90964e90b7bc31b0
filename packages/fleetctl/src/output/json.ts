import type { Output } from "../environment.ts";

export function writeJson(out: Output, value: unknown): void {
  out.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
