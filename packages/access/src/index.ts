export { type DeployerScope, describeCaller, type Grant, type Caller, isRole, type Role, ROLES } from "./caller.ts";
export { type Demand, missingRight, missingOutright, rolesFor } from "./decide.ts";
export { missingForFile, type SubmittedFile } from "./deployed-file.ts";
export { type MissingRight, describeMissing } from "./missing-right.ts";
export { ADMISSION_RULES, type AdmissionRule, scopeProblem } from "./scope.ts";
export { formatToken, parseToken, type TokenText, tokenHash, TOKEN_ID } from "./token.ts";
export { isVerb, type Verb, VERBS, verbsFor } from "./verbs.ts";
