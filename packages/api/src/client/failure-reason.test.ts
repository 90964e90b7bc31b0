import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonOf } from "./failure-reason.ts";

/** Errors of Node 24: the code, the message, and the expected reason. */
const failures: readonly (readonly [string, string, RegExp])[] = [
  ["ENOENT", "connect ENOENT /run/fleet.sock", /^no such socket$/],
  ["ETIMEDOUT", "connect ETIMEDOUT 10.0.0.1:1", /^connection timed out$/],
  ["EAI_AGAIN", "getaddrinfo EAI_AGAIN nowhere.example", /^unknown host name$/],
  ["ENETUNREACH", "connect ENETUNREACH 10.0.0.1:1 - Local (0.0.0.0:0)", /^network is unreachable$/],
  [
    "EPROTO",
    "write EPROTO 40CD:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/x.c:77:\n",
    /^the server does not use TLS; write http:\/\/$/,
  ],
  [
    "EPROTO",
    "write EPROTO 40CD:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:../deps/x.c:918:\n",
    /^TLS handshake failed: tlsv1 alert protocol version$/,
  ],
  [
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "40CD:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../deps/x.c:918:\n",
    /^the server requires a client certificate; give --cert-file and --key-file \(tlsv13 alert certificate required\)$/,
  ],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate; try running Node.js with --use-system-ca", /--ca-file$/],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match", /^the server's certificate is for another name/],
];

for (const [code, message, said] of failures) {
  test(`${code}: ${said.source}`, () => assert.match(reasonOf(Object.assign(new Error(message), { code })), said));
}
