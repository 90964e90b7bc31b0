import type { Outcome } from "./run-seed.ts";

/** Lines of a history that are shown before the violation. */
const MOST_LINES = 150;

/** A failure for people: what is wrong, how to see it again, and what led to it. */
export function report({ seed, violation, history, steps }: Outcome): string {
  const shown = history.slice(-MOST_LINES);
  const left = history.length - shown.length;
  return [
    `${violation?.invariant}: ${violation?.message}`,
    `replay: ${replayLine(seed, steps)}`,
    ...(left > 0 ? [`(${left} lines before these)`] : []),
    ...shown,
    "",
  ].join("\n");
}

function replayLine(seed: number, steps?: readonly number[]): string {
  return `npm run simulate -- --seed ${seed}${steps ? ` --only ${steps.join(",")}` : ""}`;
}
