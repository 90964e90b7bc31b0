export { createPeerApi, type LocalInspector, type LocalOperator } from "./peer-api.ts";
export { type PeerAddress, PeerClient } from "./peer-client.ts";
