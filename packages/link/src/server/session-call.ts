import type { ServedCall } from "./serve-call.ts";

/** A call as its session sees it. */
export interface SessionCall {
  readonly answered: ServedCall["answered"];
  /** Whether its handler and its stream have ended. */
  readonly isSettled: boolean;
  /** Ends the call at once because its session ends. */
  cut(reason: string): void;
  /** Ends the call if the client sends its body, or reads its answer, too slowly. */
  checkTime(now: number): void;
  /** Gives the memory of the request back. Call when the handler has ended. */
  served(): void;
}
