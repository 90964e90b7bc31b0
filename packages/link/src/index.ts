export type { Admission, Admit, PeerCertificate } from "./server/admission.ts";
export type { Link, LinkAnswer, LinkRequestOptions } from "./port/link.ts";
export type { LinkCall, LinkHandler, LinkRoutes, LinkSession } from "./port/link-call.ts";
export { LinkAnswerError, LinkCallEndedError, LinkRefusedError, LinkUnavailableError } from "./port/link-error.ts";
