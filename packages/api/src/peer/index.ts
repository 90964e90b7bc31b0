export { createPeerApi, type LocalInspector, type LocalOperator, type PeerApiOptions } from "./peer-api.ts";
export { type PeerAddress, PeerClient, type PeerClientOptions } from "./peer-client.ts";
