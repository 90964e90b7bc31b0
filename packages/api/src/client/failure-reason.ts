import { messageOf, networkReason } from "@flotilla/runtime";

/** Returns why an endpoint did not answer, in plain words instead of errno's and OpenSSL's codes. */
export function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  const reason = networkReason(error);
  if (reason !== undefined) return reason;
  switch (code) {
    case "ENOENT":
      return "no such socket";
    case "EACCES":
      return "permission denied";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "the server's certificate is for another name or address; use a name in the certificate";
    case "CERT_HAS_EXPIRED":
      return "the server's certificate has expired";
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return "the server's certificate is not signed by a trusted authority; give a token of the cluster with --token, or name the authority with --ca-file";
    default:
      return code === "EPROTO" || code?.startsWith("ERR_SSL_") ? tlsReason(messageOf(error)) : messageOf(error);
  }
}

/** Returns the reason in OpenSSL's `ID:error:CODE:LIBRARY:FUNCTION:REASON:FILE:LINE:DATA`. */
function tlsReason(message: string): string {
  const reason = /:error:[^:]*:[^:]*:[^:]*:([^:]*)/.exec(message)?.[1] ?? message.trim();
  if (reason === "wrong version number" || reason === "http request")
    return "the server does not use TLS; write http://";
  if (/certificate required|handshake failure/.test(reason))
    return `the server requires a client certificate; give --cert-file and --key-file (${reason})`;
  return `TLS handshake failed: ${reason}`;
}
