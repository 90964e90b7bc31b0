import { isOutage, isProgrammingError, logFailure, type Logger, messageOf } from "@flotilla/runtime";
import type { LinkCall, LinkHandler, LinkRoutes } from "../port/link-call.ts";
import { LinkAnswerError, LinkCallEndedError } from "../port/link-error.ts";
import { isRefusal, type RefusalObserver } from "./refused.ts";

/** A call with what its server needs besides. */
export interface ServedCall extends LinkCall {
  readonly answered: "no" | "lines" | "whole";
  /** Ends an answer of lines in a way that its reader takes for an error. */
  breakOff(reason: string): void;
}

export interface ServingOptions {
  readonly routes: LinkRoutes;
  readonly log: Logger;
  readonly onRefused?: RefusalObserver | undefined;
}

/** Runs the handler of a call's path, and answers for a handler that fails. Never rejects. */
export async function serveCall(call: ServedCall, { routes, ...options }: ServingOptions): Promise<void> {
  try {
    const handler = handlerOf(routes, call.path);
    if (handler === undefined) throw LinkAnswerError.because(404, `this server has no path ${call.path}`);
    await handler(call);
    if (call.answered === "no" && !call.signal.aborted) throw new Error(`no answer of the handler of ${call.path}`);
    if (call.answered === "lines") call.end();
  } catch (error) {
    answerFailure(call, error, options);
  }
}

function answerFailure(call: ServedCall, error: unknown, { log, onRefused }: Omit<ServingOptions, "routes">): void {
  const { machineID, path } = call;
  const isOver = call.signal.aborted && !isProgrammingError(error);
  const isExpected = isOver || error instanceof LinkAnswerError || error instanceof LinkCallEndedError;
  if (!isExpected) logFailure(log, "a request of a machine failed", error, { machine: machineID, path });
  const answer = answerTo(error);
  if (error instanceof LinkAnswerError && isRefusal(error.status)) {
    const { remoteAddress } = call.session;
    onRefused?.({ machineID, isProven: true, remoteAddress, path, reason: error.message });
  }
  if (call.answered === "no") call.answer(answer.status, answer.body);
  else call.breakOff(answer.message);
}

function answerTo(error: unknown): LinkAnswerError {
  if (error instanceof LinkAnswerError) return error;
  if (isOutage(error)) return LinkAnswerError.because(503, messageOf(error));
  return LinkAnswerError.because(500, "internal error of the server; look in its journal");
}

/** Returns the handler with the longest prefix of `path`. */
export function handlerOf(routes: LinkRoutes, path: string): LinkHandler | undefined {
  let [longest, found]: [number, LinkHandler | undefined] = [-1, undefined];
  for (const [prefix, handler] of routes)
    if (path.startsWith(prefix) && prefix.length > longest) [longest, found] = [prefix.length, handler];
  return found;
}
