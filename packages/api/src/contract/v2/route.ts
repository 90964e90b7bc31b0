import type * as z from "zod";
import type { Verb } from "@flotilla/access";
import type { ErrorId } from "../error-ids.ts";
import type { Endpoint } from "./endpoints.ts";

/** The definition of a route, from which the server checks requests and makes the OpenAPI document. */
export interface Route extends Endpoint {
  readonly summary: string;
  /** The rights of which a request needs one or more; which ones, the request says. */
  readonly needs: readonly Verb[];
  /** True for a route that answers everybody, also without a token. */
  readonly isPublic?: boolean;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  /** The schema of the body; z.undefined() for a route without a body. */
  readonly body: z.ZodType;
  /** The most bytes of the body. A larger body is refused unread. Default `limits.bodyBytes`. */
  readonly bodyLimit?: number;
  /** The successful answers by status; null for an empty answer. */
  readonly answers: Readonly<Partial<Record<200 | 201 | 204, Answer | null>>>;
  /** Errors of this route, in addition to the common errors. */
  readonly errors: readonly ErrorId[];
}

export interface Answer<S extends z.ZodType = z.ZodType> {
  readonly type: "application/json" | "text/plain" | "application/x-ndjson" | "application/vnd.sqlite3";
  readonly schema: S;
}

export const json = <S extends z.ZodType>(schema: S): Answer<S> => ({ type: "application/json", schema });
