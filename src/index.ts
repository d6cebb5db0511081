/**
 * The public interface: verification, and what goes with it. Pure: no Node, no browser, no network, no clock; whoever
 * calls brings the bytes, the policy and, if it has a faster one, the cryptography.
 *
 *     import { formatReportText, nobleVerifier, verifyBundle } from 'tallystick'
 *     const report = await verifyBundle(carBytes, policyText, { verifier: nobleVerifier })
 */
export { isLedgerError, LedgerError } from './errors.ts'
export type { ErrorCode } from './errors.ts'
export { cidOf, isCid, parseCid } from './encoding/cid.ts'
export type { CidText } from './encoding/cid.ts'
export { formatDuration, formatTime, parseDuration, parseTime } from './encoding/time.ts'
export { plainText } from './encoding/plain-text.ts'
export { nobleSigner, nobleVerifier } from './signing/ed25519-noble.ts'
export { strictVerifier } from './signing/ed25519.ts'
export type { RawVerify, SignatureVerifier } from './signing/ed25519.ts'
export type { Signer } from './signing/signer.ts'
export { decodeStatement, prepareStatement, signStatement } from './statement/envelope.ts'
export type { Statement } from './statement/envelope.ts'
export { formatPolicy, parsePolicy } from './note/tlog-policy.ts'
export type { TrustPolicy } from './note/trust-policy.ts'
export type { Question } from './terms/view.ts'
export type { Outcome, Reason, UseVerdict } from './terms/verdict.ts'
export { decodeBundle, encodeBundle } from './evidence/bundle.ts'
export type { DecodedBundle } from './evidence/bundle.ts'
export type { Bundle } from './evidence/bundle-model.ts'
export { prepareBundle } from './evidence/prepare-bundle.ts'
export type { BundleSource, LogSource } from './evidence/prepare-bundle.ts'
export { formatReportJson } from './evidence/report.ts'
export type { Report, VerifyExit } from './evidence/report.ts'
export { formatReportText } from './evidence/report-text.ts'
export { verifyBundle } from './evidence/verify.ts'
export type { VerifyOptions } from './evidence/verify.ts'
