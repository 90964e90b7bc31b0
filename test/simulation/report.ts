import type { Outcome } from "./run-seed.ts";

/** The most lines of the history in a report. */
const MOST_LINES = 150;

/** Returns a report of a failure: the violation, the command that replays it, and the history before it. */
export function report({ seed, violation, history, steps }: Outcome, onlyServers = false): string {
  const shown = history.slice(-MOST_LINES);
  const left = history.length - shown.length;
  return [
    `${violation?.invariant}: ${violation?.message}`,
    `replay: ${replayLine(seed, steps)}${onlyServers ? " --only-servers" : ""}`,
    ...(left > 0 ? [`(${left} lines before these)`] : []),
    ...shown,
    "",
  ].join("\n");
}

function replayLine(seed: number, steps?: readonly number[]): string {
  return `npm run simulate -- --seed ${seed}${steps ? ` --only ${steps.join(",")}` : ""}`;
}
