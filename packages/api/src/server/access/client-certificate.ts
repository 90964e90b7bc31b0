import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type Caller, isRole } from "@flotilla/access";
import { RequestError } from "../request-error.ts";

/** The organisation (O) in a client certificate's subject names the role, as in Kubernetes. */
const ORGANISATION = /^flotilla:(.+)$/;

/**
 * Returns the caller of a verified client certificate: CN is the name, and O the role, as in `O=flotilla:viewer`.
 * Undefined without a certificate, with one that TLS has not verified, and with one of a machine.
 * @throws RequestError for a certificate that grants nothing.
 */
export function certificateCaller(socket: Socket): Caller | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  const roles = [subject?.O].flat().flatMap((text) => ORGANISATION.exec(text ?? "")?.[1] ?? []);
  const [role] = roles;
  if (role === undefined || role === "agent" || role === "server") return undefined;
  const name = [subject.CN].flat()[0] ?? "";
  if (roles.length > 1 || !isRole(role) || role === "deployer")
    throw new RequestError(
      "unauthenticated",
      `the client certificate of ${name} grants no role: O=flotilla:${role}; ` +
        "its subject needs one O=flotilla:viewer, O=flotilla:operator or O=flotilla:admin (a deployer needs a token)",
    );
  return { kind: "certificate", name, grant: { role } };
}
