/** What fleetctl needs on a host that joins. Loads no server code. */
export { joinCluster, type AdmittedHost, type JoiningHost } from "./join/join-client.ts";
export { authoritiesIn } from "./certificates/authorities.ts";
export { pinOf } from "./join/key-hash.ts";
export { JoinError } from "./join/join-error.ts";
export { parseServerAddress } from "./join/server-address.ts";
export type { StoreAccess } from "./join/join-messages.ts";
export { makeSigningRequest, type SigningRequest } from "./certificates/signing-request.ts";
export type { MachineIdentity } from "./certificates/identity.ts";
