export { admitAgent, type Memberships } from "./admission/admit-agent.ts";
export {
  type CertificateHolder,
  type CertificateRole,
  holderOf,
  type SubjectAttributes,
} from "./certificates/certificate-facts.ts";
export { isDue, isValidAt, MACHINE_LIFE_MS, RENEWAL_CHECK_MS } from "./certificates/certificate-life.ts";
export { CertificateError, CertificateMaker, type CertificateRequest } from "./certificates/certificate-maker.ts";
export type { MachineCertificate } from "./certificates/certificates.ts";
export { type MachineIdentity, peerName } from "./certificates/identity.ts";
export { SavedIdentity } from "./certificates/saved-identity.ts";
export { makeSigningRequest, type SigningRequest } from "./certificates/signing-request.ts";
export { bundleOf, isIssuedBy, isIssuedByOneOf, isRotating, trustedIn, withChain } from "./certificates/trust.ts";
export { authoritiesIn } from "./certificates/authorities.ts";
export { requireUsable } from "./certificates/usable-authority.ts";
export { joinHandler } from "./join/join-handler.ts";
export { JOIN_BASE, type StoreAccess } from "./join/join-messages.ts";
export { JoinService, type JoinServiceOptions } from "./join/join-service.ts";
export { pinOf } from "./join/key-hash.ts";
export { AgentNudger } from "./renewal/agent-nudger.ts";
export { renewOverLink } from "./renewal/agent-renewal.ts";
export { IdentityKeeper, type IdentityKeeperOptions } from "./renewal/identity-keeper.ts";
export { type CurrentAgent, renewalHandler, type RenewalHandlerOptions } from "./renewal/renewal-handler.ts";
export { MEMBERSHIP_BASE } from "./renewal/renewal-messages.ts";
export { awaited, type GoingOnWithout, type LaggingMachine, rotationState, type RotationState } from "./rotation.ts";
