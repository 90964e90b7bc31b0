import type { JoinTokenRecord } from "@flotilla/registry";
import type { CreateTokenBody, TokenEntity } from "../../contract/v2/access-entities.ts";

type JoinTokenBody = Extract<CreateTokenBody, { readonly kind: "join" }>;

/** Returns the record of a new join token. */
export function joinTokenOf(body: JoinTokenBody, id: string, hash: string, now: number): JoinTokenRecord {
  const { kind, name = `join-${id}`, ttlSeconds, uses, metadata, server } = body;
  return { kind, name, hash, createdAt: now, expiresAt: now + ttlSeconds * 1_000, usesLeft: uses, metadata, server };
}

/** Returns what a list of tokens shows of a join token. */
export function joinTokenFields({ usesLeft, metadata, server }: JoinTokenRecord): Partial<TokenEntity> {
  return { usesLeft, metadata, server };
}
