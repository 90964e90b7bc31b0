export { createPeerApi, type LocalInspector, type PeerApiOptions } from "./peer-api.ts";
export { type PeerAddress, PeerClient, type PeerClientOptions } from "./peer-client.ts";
