import type { FastifyReply } from "fastify";
import { inDocumentedCase } from "../../contract/v1/any-case.ts";
import { patchMachinesBodyV1 } from "../../contract/v1/entities.ts";
import { limits } from "../../contract/limits.ts";
import type { Outcome } from "../answer.ts";
import { checked } from "../checked.ts";
import type { ApiContext } from "../context.ts";
import { jsonBody } from "../request-body.ts";
import { RequestError } from "../request-error.ts";

/**
 * Handles PATCH /machines: sets and removes metadata of machines in one transaction. As in fleet, the Content-Type is not
 * checked, because fleet's clients send none here.
 */
export async function patchMachines(
  { settings, intake }: Pick<ApiContext, "settings" | "intake">,
  reply: FastifyReply,
  signal: AbortSignal,
): Promise<Outcome> {
  const body = await jsonBody(reply, limits.patchBodyBytes, intake);
  requireFew(body);
  const operations = await intake.turns.run(() =>
    checked(patchMachinesBodyV1, inDocumentedCase(body), "bad-request", "the body"),
  );
  const edits = operations.map((operation) => {
    const { machineID, key } = operation.path;
    return { machineID, metadata: { [key]: operation.op === "remove" ? null : operation.value } };
  });
  const machines = new Set(edits.map(({ machineID }) => machineID)).size;
  if (machines > limits.patchMachines) {
    throw new RequestError(
      "bad-request",
      `the request changes ${machines} machines, but at most ${limits.patchMachines} are allowed; split the request`,
    );
  }
  return edits.length === 0 ? { status: 204 } : { status: 204, revision: await settings.edit(edits, signal) };
}

function requireFew(body: unknown): void {
  if (!Array.isArray(body) || body.length <= limits.patchOperations) return;
  throw new RequestError(
    "bad-request",
    `the request has ${body.length} operations, but at most ${limits.patchOperations} are allowed; split the request`,
  );
}
