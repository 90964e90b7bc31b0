export { type AdmittedFile, admitParsedFile, admitUnitFile } from "./admission/admit.ts";
export { UNIT_FILE_LIMITS } from "./limits.ts";
export { parseBoolean } from "./boolean.ts";
export { joinContinuations } from "./continuation.ts";
export { contradiction } from "./dependencies/contradiction.ts";
export { orderingCycle } from "./dependencies/ordering-cycle.ts";
export { startClosure } from "./dependencies/start-closure.ts";
export { stopClosure } from "./dependencies/stop-closure.ts";
export type { Along } from "./dependencies/walk.ts";
export { type Dependencies, DependencyGraph } from "./dependencies/dependency-graph.ts";
export { RELATION_KINDS, type RelationKind } from "./dependencies/relation-kinds.ts";
export { type Relation, relationsOf } from "./dependencies/relations.ts";
export { descriptionOf } from "./description.ts";
export { globMatcher, matchesGlob } from "./glob.ts";
export { digestText, hashOptions } from "./hash.ts";
export { type Installation, installationOf } from "./install.ts";
export { expressionText, type MetadataExpression } from "./metadata/expression.ts";
export { meetsExpression } from "./metadata/meets-expression.ts";
export { isUnitName, parseUnitName, sharesDropIns, unloadableName, type UnitType } from "./name.ts";
export {
  JOURNAL_BOOT,
  JOURNAL_INVOCATION,
  JOURNAL_PRIORITY,
  type JournalFilter,
  MOST_PATTERN_CHARACTERS,
} from "./journal-filter.ts";
export { JOURNAL_OUTPUTS, type JournalOutput } from "./journal-outputs.ts";
export { optionValues, readableValues } from "./option-values.ts";
export { parseUnitFile } from "./parse.ts";
export type { MinAvailable, Preference, Requirements, Strategy } from "./requirements.ts";
export { requirementsOf } from "./requirements-of.ts";
export { parseCores } from "./reservations/parse-cores.ts";
export { parseSize } from "./reservations/parse-size.ts";
export {
  isSecretName,
  isSecretsSocket,
  type OnSecretChange,
  SECRET_LIMITS,
  type SecretUse,
  secretUseOf,
} from "./secret-use.ts";
export { serialiseOptions } from "./serialise.ts";
export { expandNameSpecifiers } from "./specifier.ts";
export { stoppedWith } from "./stopped-with.ts";
export { fileOfOptions } from "./file-of-options.ts";
export { acceptsEach, isTrigger, triggeredUnitOf } from "./triggered-unit.ts";
export type { UnitFile, UnitOption } from "./unit-file.ts";
export { UnitNameError } from "./unit-name-error.ts";
export { unitWarnings } from "./warnings/unit-warnings.ts";
export { counted, shortened } from "./wording.ts";
export { X_FLEET_OPTIONS } from "./x-fleet.ts";
