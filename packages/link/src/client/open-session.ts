import { describeServer, withTimeLimit } from "@flotilla/runtime";
import { LinkRefusedError, LinkUnavailableError, reasonOf, refusalOf } from "../port/link-error.ts";
import { HELLO_PATH } from "../port/wire.ts";
import { ClientSession, type ClientSessionOptions } from "./client-session.ts";
import { connect, type LinkAddress, type LinkTls } from "./connect.ts";

/**
 * Opens a session and makes sure that the server admits this machine.
 * @throws LinkUnavailableError, LinkRefusedError; the signal's reason.
 */
export function openSession(
  server: LinkAddress,
  { tls, ...options }: ClientSessionOptions & { readonly tls: () => LinkTls },
  limitMs: number,
  signal: AbortSignal,
): Promise<ClientSession> {
  const timeout = (): Error => new LinkUnavailableError(`no session within ${limitMs} ms`);
  return withTimeLimit({ clock: options.clock, ms: limitMs, timeout }, [signal], async (limited) => {
    const session = new ClientSession(describeServer(server), await connect(server, tls, limited), options);
    try {
      await greet(session, limited);
      return session;
    } catch (error) {
      session.end("the server does not admit this machine");
      throw error;
    }
  });
}

async function greet(session: ClientSession, signal: AbortSignal): Promise<void> {
  const outcome = await session.exchange(HELLO_PATH, "", signal);
  if (outcome === "not-handled") throw new LinkUnavailableError("the server takes no sessions");
  if (outcome.status === 200) return;
  const reason = reasonOf(outcome.body) ?? `it answered with status ${outcome.status}`;
  if (outcome.status === 403) throw new LinkRefusedError(session.server, reason, refusalOf(outcome.body));
  throw new LinkUnavailableError(reason);
}
