import type { ClusterSnapshot } from "@flotilla/model";
import type { SecretsAnswer } from "../../contract/v2/requests.ts";
import type { v2Routes } from "../../contract/v2/routes.ts";
import type { Outcome } from "../answer.ts";
import { type ApiContext, readCluster } from "../context.ts";
import { RequestError } from "../request-error.ts";
import type { Checked } from "./bound-route.ts";

/** Names of units in a message. */
const MOST_NAMED = 10;

export function listSecrets(snapshot: ClusterSnapshot): Outcome {
  const users = usersOf(snapshot);
  const secrets = [...snapshot.secrets.values()]
    .toSorted(byName)
    .map(({ name, version, size, createdAt, updatedAt }): SecretsAnswer["secrets"][number] => ({
      ...{ name, version, size },
      createdAt: new Date(createdAt).toISOString(),
      updatedAt: new Date(updatedAt).toISOString(),
      units: users.get(name) ?? [],
    }));
  const missing = [...users]
    .filter(([name]) => !snapshot.secrets.has(name))
    .map(([name, units]) => ({ name, units }))
    .toSorted(byName);
  return { status: 200, json: { secrets, missing } satisfies SecretsAnswer, revision: snapshot.revision };
}

export async function putSecret(
  context: ApiContext,
  { params: { name }, body, signal }: Checked<typeof v2Routes.putSecret>,
): Promise<Outcome> {
  const value = Buffer.from(body.value, "base64");
  const how = body.replace === true ? "replace" : "create";
  const { version, changed, revision } = await context.secrets.write(name, value, how, signal);
  const units = await readCluster(context, signal, (snapshot) => usersOf(snapshot).get(name) ?? []);
  return { status: 200, json: { version, changed, units }, revision };
}

export async function deleteSecret(
  context: ApiContext,
  { params: { name }, query, signal }: Checked<typeof v2Routes.deleteSecret>,
): Promise<Outcome> {
  if (query.force !== true) {
    const units = await readCluster(context, signal, (snapshot) => usersOf(snapshot).get(name) ?? []);
    if (units.length > 0) throw inUse(name, units);
  }
  return { status: 204, revision: await context.secrets.delete(name, signal) };
}

/** The units that name each secret, whether it exists or not. */
function usersOf({ units }: ClusterSnapshot): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const { name, requirements } of units.values())
    for (const secret of requirements.secrets) {
      const known = users.get(secret);
      if (known) known.push(name);
      else users.set(secret, [name]);
    }
  return users;
}

function inUse(name: string, units: readonly string[]): RequestError {
  const more = units.length > MOST_NAMED ? ` and ${units.length - MOST_NAMED} more` : "";
  return new RequestError(
    "secret-in-use",
    `cannot delete secret ${name}: it is named by ${units.slice(0, MOST_NAMED).join(", ")}${more}; change or destroy these ` +
      "units first, or add --force to delete the secret nevertheless",
  );
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}
