import { messageOf } from "@flotilla/runtime";

/** Why an endpoint could not be asked, in the words of a person who knows neither errno's nor OpenSSL's. */
export function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return "there is no such socket";
    case "ECONNREFUSED":
      return "the connection was refused";
    case "EACCES":
      return "permission denied";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the host's name is not known";
    case "ECONNRESET":
      return "the connection was closed before an answer";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "its certificate is not for this name or address: use one that the certificate has";
    case "CERT_HAS_EXPIRED":
      return "its certificate has expired";
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return "nobody who is trusted here has signed its certificate: name its authority with --ca-file";
    default:
      return code === "EPROTO" || code?.startsWith("ERR_SSL_") ? tlsReason(messageOf(error)) : messageOf(error);
  }
}

/** Of OpenSSL's `ID:error:CODE:LIBRARY:FUNCTION:REASON:FILE:LINE:DATA`. */
function tlsReason(message: string): string {
  const reason = /:error:[^:]*:[^:]*:[^:]*:([^:]*)/.exec(message)?.[1] ?? message.trim();
  if (reason === "wrong version number" || reason === "http request") return "it does not speak TLS: write http://";
  if (/certificate required|handshake failure/.test(reason))
    return `it asks for a client's certificate: give --cert-file and --key-file (${reason})`;
  return `no TLS connection comes about: ${reason}`;
}
