import type { LinkAnswer } from "../port/link.ts";

/** What a request came to: its answer, or the certainty that no server has handled it, so that it may be sent again. */
export type Outcome = LinkAnswer | "not-handled";
