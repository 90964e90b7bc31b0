import { X509Certificate } from "node:crypto";
import { type DeployerScope, formatToken, scopeProblem, tokenHash } from "@flotilla/access";
import { type ApiTokenRecord, type ListedToken, newTokenSecret, type TokenRecord } from "@flotilla/registry";
import type { CreateTokenBody, TokenEntity } from "../../contract/v2/access-entities.ts";
import { V2_BASE, v2Endpoints } from "../../contract/v2/endpoints.ts";
import type { v2Routes } from "../../contract/v2/routes.ts";
import type { Outcome } from "../answer.ts";
import type { ApiContext } from "../context.ts";
import { RequestError } from "../request-error.ts";
import { unavailableMessage } from "../unavailable.ts";
import type { Checked } from "./bound-route.ts";
import { joinTokenFields, joinTokenOf } from "./join-tokens.ts";

type ApiTokenBody = Extract<CreateTokenBody, { readonly kind: "api" }>;
type TokenContext = Pick<ApiContext, "access" | "clock">;

export async function listTokens({ access }: TokenContext, signal: AbortSignal): Promise<Outcome> {
  const { tokens, revision } = await access.registry.list(signal);
  return { status: 200, json: { tokens: tokens.map(entityOf) }, revision };
}

export async function createToken(
  { access, clock }: TokenContext,
  { body, signal }: Checked<typeof v2Routes.createToken>,
): Promise<Outcome> {
  const certificate = await certificateOf({ access }, signal);
  const { id, secret } = newTokenSecret();
  const now = clock.wall();
  const hash = tokenHash(secret);
  const record = body.kind === "join" ? joinTokenOf(body, id, hash, now) : recordOf(body, hash, now);
  const revision = await access.registry.create(id, record, signal);
  const pin = new X509Certificate(certificate).fingerprint256.replaceAll(":", "").toLowerCase();
  const token = entityOf({ id, record, lastUsedAt: undefined });
  const location = `${V2_BASE}${v2Endpoints.listTokens.path}/${encodeURIComponent(record.name)}`;
  return { status: 201, json: { token, secret: formatToken({ pin, id, secret }) }, revision, location };
}

export async function revokeToken({ access }: TokenContext, idOrName: string, signal: AbortSignal): Promise<Outcome> {
  const { ids, revision } = await access.registry.revoke(idOrName, signal);
  if (ids.length === 0)
    throw new RequestError("token-not-found", `no token has the ID or name ${idOrName}; list the tokens`);
  return { status: 204, revision };
}

/** @throws RequestError while the cluster has no authority. */
export async function certificateOf({ access }: Pick<ApiContext, "access">, signal: AbortSignal): Promise<string> {
  const certificate = await access.authority(signal);
  if (certificate !== undefined) return certificate;
  throw new RequestError("unavailable", unavailableMessage("the cluster has no certificate authority yet; try again"));
}

function recordOf({ kind, name, role, ttlSeconds, ...given }: ApiTokenBody, hash: string, now: number): TokenRecord {
  const { units = [], machineMetadata = {}, admit, users = [] } = given;
  const scope: DeployerScope = { units, machineMetadata, admit, users };
  const problem = role === "deployer" ? scopeProblem(scope) : scopeOfOther(given, role);
  if (problem !== undefined) throw new RequestError("bad-request", `cannot create token ${name}: ${problem}`);
  const expiry = ttlSeconds === undefined ? {} : { expiresAt: now + ttlSeconds * 1_000 };
  return { kind, name, hash, createdAt: now, role, units, machineMetadata, users, ...expiry, ...(admit && { admit }) };
}

function scopeOfOther(given: object, role: string): string | undefined {
  const [field] = Object.keys(given);
  return field === undefined ? undefined : `${field} limits a deployer, not a token with the role ${role}; remove it`;
}

function entityOf({ id, record, lastUsedAt }: ListedToken): TokenEntity {
  const { kind, name, createdAt, expiresAt } = record;
  return {
    id,
    kind,
    name,
    ...(kind === "api" ? grantFields(record) : joinTokenFields(record)),
    createdAt: timeOf(createdAt),
    ...(expiresAt !== undefined && { expiresAt: timeOf(expiresAt) }),
    ...(lastUsedAt !== undefined && { lastUsedAt: timeOf(lastUsedAt) }),
  };
}

function grantFields({ role, units, machineMetadata, admit, users }: ApiTokenRecord): Partial<TokenEntity> {
  if (role !== "deployer") return { role };
  return { role, units: [...units], machineMetadata, ...(admit && { admit }), users: [...users] };
}

/** The largest time of a Date, milliseconds (ECMAScript, Time Values). */
const LAST_TIME = 8.64e15;

function timeOf(ms: number): string {
  return new Date(Math.min(Math.max(ms, 0), LAST_TIME)).toISOString();
}
