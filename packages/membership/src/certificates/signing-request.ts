import { generateKeyPairSync, sign } from "node:crypto";

/** A new key of a host, and the request that a server signs. Both PEM. The key never leaves the host. */
export interface SigningRequest {
  readonly key: string;
  readonly request: string;
}

/**
 * Makes an ECDSA key of the curve P-256 and a signing request of PKCS#10 (RFC 2986) for a machine. The request has one
 * name, the machine's ID, and no attributes, so its DER is a fixed frame around the public key. An X.509 library would
 * cost each agent more memory than all its other code.
 */
export function makeSigningRequest(machineID: string): SigningRequest {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const info = der(
    SEQUENCE,
    der(INTEGER, Buffer.of(0)),
    subject(machineID),
    publicKey.export({ type: "spki", format: "der" }),
    der(NO_ATTRIBUTES),
  );
  const signature = sign("sha256", info, privateKey);
  const request = der(
    SEQUENCE,
    info,
    der(SEQUENCE, der(OBJECT_IDENTIFIER, ECDSA_WITH_SHA256)),
    der(BIT_STRING, Buffer.of(0), signature),
  );
  return { key, request: pem(request) };
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const SEQUENCE = 0x30;
const SET = 0x31;
/** The empty attributes [0] of CertificationRequestInfo. */
const NO_ATTRIBUTES = 0xa0;

/** 2.5.4.3 */
const COMMON_NAME = Buffer.from("550403", "hex");
/** 1.2.840.10045.4.3.2 (RFC 5758) */
const ECDSA_WITH_SHA256 = Buffer.from("2a8648ce3d040302", "hex");

/** The name CN=<machine ID>. */
function subject(machineID: string): Buffer {
  const attribute = [der(OBJECT_IDENTIFIER, COMMON_NAME), der(UTF8_STRING, Buffer.from(machineID))];
  return der(SEQUENCE, der(SET, der(SEQUENCE, ...attribute)));
}

/** Encodes a value of at most 65,535 bytes as tag, length and content (X.690, 8.1). */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const long = length < 0x100 ? Buffer.of(tag, 0x81, length) : Buffer.of(tag, 0x82, length >> 8, length & 0xff);
  return Buffer.concat([long, content]);
}

function pem(request: Buffer): string {
  const lines = request.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE REQUEST-----", ...lines, "-----END CERTIFICATE REQUEST-----", ""].join("\n");
}
