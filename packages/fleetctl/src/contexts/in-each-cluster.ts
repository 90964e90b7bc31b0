import { messageOf, rethrowProgrammingError } from "@flotilla/runtime";
import { isApiError } from "../cluster/api-refusal.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import type { ContextOfCluster } from "../context.ts";
import { exitCodeOf } from "../exit-code-of.ts";
import { exitCode } from "../exit-code.ts";

export interface ClusterAnswers<T> {
  /** The answers of the clusters that gave one, in the order of the contexts. */
  readonly answers: readonly { readonly cluster: string; readonly answer: T }[];
  /** Not 0 if a cluster gave no answer: `partial`, or the first cluster's code if none did. */
  readonly code: number;
}

/** Asks several clusters at once. The reason of each failure is written to stderr. */
export async function inEachCluster<T>(
  contexts: readonly ContextOfCluster[],
  ask: (context: ContextOfCluster) => Promise<T>,
): Promise<ClusterAnswers<T>> {
  const failures: number[] = [];
  const answers = await inParallel(contexts, async (context) => {
    try {
      return [{ cluster: context.cluster, answer: await ask(context) }];
    } catch (error) {
      failures.push(await failureOf(context, error));
      return [];
    }
  });
  const [first = exitCode.ok] = failures;
  return {
    answers: answers.flat(),
    code: failures.length < contexts.length && first !== exitCode.ok ? exitCode.partial : first,
  };
}

/** Reports why a cluster gave no answer, and returns the exit code for it. */
async function failureOf(context: ContextOfCluster, error: unknown): Promise<number> {
  context.signal.throwIfAborted();
  rethrowProgrammingError(error);
  const cause = await context.explain(error);
  context.tell(messageOf(cause));
  if (isApiError(cause)) for (const reason of cause.reasons) context.tell(`  ${reason}`);
  return exitCodeOf(cause);
}
