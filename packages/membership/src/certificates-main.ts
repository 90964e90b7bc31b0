import { text } from "node:stream/consumers";
import type { CertificateRequest } from "./certificates/certificate-maker.ts";
import {
  createClusterIdentity,
  issueMachineIdentity,
  signRequest,
  succeedAuthority,
} from "./certificates/certificates.ts";

/** A separate program in a separate bundle: reads one request from standard input, makes the certificate, and exits. */
void main();

async function main(): Promise<void> {
  const answer = await answerTo(JSON.parse(await text(process.stdin)) as CertificateRequest);
  process.stdout.write(JSON.stringify(answer));
}

function answerTo(request: CertificateRequest): Promise<object> {
  switch (request.make) {
    case "cluster":
      return createClusterIdentity(request.now);
    case "successor":
      return succeedAuthority(request.cluster, request.now);
    case "machine":
      return issueMachineIdentity(request.cluster, request.machine, request.now);
    case "signature":
      return signRequest(request.cluster, request.machine, request.request, request.now);
    default:
      return request satisfies never;
  }
}
