import * as z from "zod";
import { EVENT_KINDS } from "@flotilla/model";
import { limits } from "../limits.ts";
import { errorBody } from "./error.ts";

const time = z.iso.datetime({ offset: true });
const name = z.string().min(1).max(limits.pathPartCharacters);
const id = z.string().regex(/^\d{1,15}-\d{1,6}$/, "must be the ID of an event, such as 1234-0");

const kinds = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(EVENT_KINDS)));

const filter = {
  unit: name.optional().meta({ description: "Only events about the unit with this name." }),
  machine: name.optional().meta({
    description:
      "Only events about this machine: its ID or the beginning of it, its host name or its address. Of a move, either machine.",
  }),
  kind: kinds
    .optional()
    .meta({ description: `Only events of these kinds, separated by commas: ${EVENT_KINDS.join(", ")}.` }),
};

export const eventsQuery = z.strictObject({
  ...filter,
  since: time.optional().meta({ description: "Only events from this time on (RFC 3339)." }),
  after: id.optional().meta({
    description:
      "Only events after the one with this ID, the oldest first. Without it, the newest events are returned.",
  }),
  causes: z
    .stringbool({ truthy: ["true"], falsy: ["false"] })
    .optional()
    .meta({
      description: "Also return the events that caused these, and their causes in turn. Default false.",
    }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(limits.events)
    .default(1_000)
    .meta({ description: "At most so many events." }),
});

export const watchEventsQuery = z.strictObject({
  ...filter,
  after: id.optional().meta({ description: "Begin after the event with this ID. Default: with the next event." }),
});

export const eventEntity = z
  .object({
    id: z.string().meta({ description: "Grows with each event, and is the same at each server." }),
    time: time.meta({ description: "When it happened; of several equal events, when the last one did." }),
    kind: z.string().meta({ description: "A later version may add kinds." }),
    unit: z.string().optional(),
    machine: z.string().optional().meta({ description: "The machine's ID; of a move, the new machine's." }),
    from: z.string().optional().meta({ description: "The earlier machine of a move." }),
    sentence: z.string().meta({ description: "What happened and why, for people." }),
    fact: z.string().optional().meta({ description: "The name of what the event reports." }),
    cause: z.string().optional().meta({ description: "The `fact` that caused the event." }),
    count: z.number().optional().meta({ description: "How many equal events this one stands for, if several." }),
    first: time.optional().meta({ description: "When the first of several equal events happened." }),
  })
  .meta({ id: "Event" });

export const eventsAnswer = z
  .object({
    events: z.array(eventEntity).meta({ description: "The oldest event first." }),
    after: z.string().meta({ description: "Continue from here, with `after` of this route or of the stream." }),
  })
  .meta({ id: "Events" });

/** A line of the stream of events. */
export const eventLine = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("event"), event: eventEntity }),
    z.object({ kind: z.literal("progress"), after: z.string() }),
    z.object({ kind: z.literal("error"), error: errorBody }),
  ])
  .meta({
    id: "EventLine",
    description:
      "An event, a sign of life with the place to resume at (progress), or the reason why the stream ends (error).",
  });

/** A query as a client writes it. */
export interface WatchEventsQuery {
  readonly unit?: string;
  readonly machine?: string;
  /** Kinds, separated by commas. */
  readonly kind?: string;
  /** The ID of an event. */
  readonly after?: string;
}

/** The same, for the list. */
export interface EventsQuery extends WatchEventsQuery {
  /** RFC 3339. */
  readonly since?: string;
  readonly causes?: boolean;
  readonly limit?: number;
}
export type EventEntity = z.infer<typeof eventEntity>;
export type EventsAnswer = z.infer<typeof eventsAnswer>;
export type EventLine = z.infer<typeof eventLine>;
