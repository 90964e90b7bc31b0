import type { RequestListener } from "node:http";
import type { LocalAudit } from "@flotilla/api";
import { localInspector } from "./inspector.ts";
import { localOperator } from "./operator.ts";
import type { Parts } from "./parts.ts";

/**
 * Answers servers that ask about this machine's units or act on them, and for what a server has recorded. The API is created by the first request: most
 * agents never get one, and the API takes memory.
 */
export function peerHandler(
  { user, manager, clock, log }: Pick<Parts, "user" | "manager" | "clock" | "log">,
  audit?: LocalAudit,
): RequestListener {
  const create = async (): Promise<{ readonly handler: RequestListener }> => {
    const { createPeerApi } = await import("@flotilla/api");
    const [inspector, operator] = [localInspector(user, manager), localOperator(manager, clock)];
    return createPeerApi({ inspector, operator, ...(audit && { audit }), log: log.child({ part: "peers" }) });
  };
  let api: ReturnType<typeof create> | undefined;
  return (request, response) => {
    api ??= create();
    void api.then(({ handler }) => handler(request, response));
  };
}
