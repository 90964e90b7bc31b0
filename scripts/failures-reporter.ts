import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";

/** The most lines of a failure's message in the summary. The test's own output has the full message. */
const MOST_LINES = 12;

/** A reporter for Node's test runner that prints a short summary of each failure, for the end of a long run. */
// oxlint-disable-next-line import/no-default-export -- that is where the runner looks.
export default async function* failuresReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== "test:fail" || isByItsTests(data.details.error)) continue;
    yield `${relative(process.cwd(), data.file ?? "")}: ${data.name}\n${shortened(data.details.error)}`;
  }
}

/** Returns whether a suite failed only because its tests failed. Those tests are reported separately. */
function isByItsTests(error: Error): boolean {
  return "failureType" in error && error.failureType === "subtestsFailed";
}

function shortened({ cause, message }: Error): string {
  const lines = (cause instanceof Error ? cause.message : message).split("\n");
  const left = lines.length - MOST_LINES;
  const shown = [...lines.slice(0, MOST_LINES), ...(left > 0 ? [`(and ${left} more lines)`] : [])];
  return shown.map((line) => `    ${line}\n`).join("");
}
