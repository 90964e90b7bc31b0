export { type LinkClientLimits, linkLimitsFor } from "./client/client-limits.ts";
export type { LinkAddress, LinkTls } from "./client/connect.ts";
export type { NetworkLink } from "./client/link-client.ts";
export { openLink, type OpenLinkOptions } from "./client/open-link.ts";
export type { Link, LinkAnswer, LinkRequestOptions } from "./port/link.ts";
export type { LinkCall, LinkHandler, LinkRoutes, LinkSession } from "./port/link-call.ts";
export {
  LinkAnswerError,
  LinkCallEndedError,
  LinkRefusedError,
  LinkUnavailableError,
  type RefusalCode,
} from "./port/link-error.ts";
export type { Admission, Admit, PeerCertificate } from "./server/admission.ts";
export { LINK_LIMITS, type LinkLimits } from "./server/limits.ts";
export { LinkServer, type LinkServerOptions } from "./server/link-server.ts";
export type { LinkRefusal, RefusalObserver } from "./server/refused.ts";
export { peerCertificateOf } from "./server/peer-certificate.ts";
export { LINK_TLS, serveLinkOn } from "./server/serve-link-on.ts";
