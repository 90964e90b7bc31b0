export {
  type CertificateHolder,
  type CertificateRole,
  holderOf,
  type SubjectAttributes,
} from "./certificates/certificate-facts.ts";
export { isDue, isValidAt, RENEWAL_CHECK_MS } from "./certificates/certificate-life.ts";
export { CertificateError, CertificateMaker, type CertificateRequest } from "./certificates/certificate-maker.ts";
export type { MachineCertificate } from "./certificates/certificates.ts";
export { type MachineIdentity, peerName, SERVER_NAME } from "./certificates/identity.ts";
export { SavedIdentity } from "./certificates/saved-identity.ts";
export { makeSigningRequest, type SigningRequest } from "./certificates/signing-request.ts";
export { IdentityKeeper, type IdentityKeeperOptions } from "./renewal/identity-keeper.ts";
export { requireUsable } from "./certificates/usable-authority.ts";
