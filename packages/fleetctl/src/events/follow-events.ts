import type { EventEntity, WatchEventsQuery } from "@flotilla/api/client";
import { Backoff } from "@flotilla/runtime";
import { isApiError } from "../cluster/api-refusal.ts";
import { isRetryable } from "../cluster/retryable.ts";
import type { Context } from "../context.ts";

/**
 * Yields events as they happen, from a place on. A lost stream is opened again, at any daemon, where it ended: no event
 * is missed or shown twice. If events were deleted meanwhile, it says so and goes on with those that are kept.
 * @param after the place to begin at.
 * @throws ApiError and EndpointError that a retry does not fix; the signal's reason.
 */
export async function* followEvents(
  context: Context,
  filter: Omit<WatchEventsQuery, "after">,
  after: string,
): AsyncGenerator<EventEntity> {
  const { environment, signal } = context;
  const client = await context.client();
  const backoff = new Backoff({ first: 100, most: 5_000, random: environment.random });
  let place = after;
  let isToldOf = false;
  for (;;) {
    try {
      for await (const line of client.watchEvents({ ...filter, after: place }, signal)) {
        backoff.reset();
        isToldOf = false;
        if (line.kind === "event") yield line.event;
        place = line.kind === "event" ? line.event.id : line.after;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isRetryable(error)) throw error;
      if (isApiError(error) && error.id === "compacted") {
        context.tell("some events were deleted before they could be shown; going on with those that are kept");
        const kept = await client.listEvents({ ...filter, limit: 1_000 }, signal);
        yield* kept.events;
        place = kept.after;
        continue;
      }
    }
    if (!isToldOf) context.tell("lost the stream of events; following again where it ended");
    isToldOf = true;
    await environment.clock.sleep(backoff.next(), signal);
  }
}
