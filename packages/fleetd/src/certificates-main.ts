import { text } from "node:stream/consumers";
import type { CertificateRequest } from "./peer/certificate-maker.ts";
import { createClusterIdentity, issueMachineIdentity } from "./peer/certificates.ts";

/** A program of its own, in a bundle of its own: makes what is asked for on its standard input, and ends. */
void main();

async function main(): Promise<void> {
  const answer = await answerTo(JSON.parse(await text(process.stdin)) as CertificateRequest);
  process.stdout.write(JSON.stringify(answer));
}

function answerTo(request: CertificateRequest): Promise<object> {
  switch (request.make) {
    case "cluster":
      return createClusterIdentity(request.now);
    case "machine":
      return issueMachineIdentity(request.cluster, request.machineID, request.now);
    default:
      return request satisfies never;
  }
}
