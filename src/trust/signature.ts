import { type KeyObject, sign, verify } from 'node:crypto';
import * as z from 'zod';
import { hintOf, type TrustedKey } from './keys.ts';

/**
 * Signatures of a manifest in a registry, in the two layouts that cosign writes, by key and offline (ECDSA with P-256 and SHA-256).
 * https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto,
 * https://github.com/secure-systems-lab/dsse/blob/master/protocol.md, https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md,
 * https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 */

export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
export const payloadType = 'application/vnd.dev.cosign.simplesigning.v1+json';
/** The annotation of a layer in the older layout. */
export const signatureAnnotation = 'dev.cosignproject.cosign/signature';

/** A signature as it was found or made; both parts are stored as they are. */
export type Signature =
  | { readonly layout: 'bundle'; readonly bundle: string }
  | {
      readonly layout: 'payload';
      /** The signed bytes, as text. */
      readonly payload: string;
      /** Base64. */
      readonly signature: string;
    };

export const Signature = z.discriminatedUnion('layout', [
  z.strictObject({ layout: z.literal('bundle'), bundle: z.string() }),
  z.strictObject({ layout: z.literal('payload'), payload: z.string(), signature: z.string() }),
]);

/** What must be signed. */
export interface Signed {
  /** `sha256:…` of the manifest. */
  readonly digest: string;
  /** The repository, without a registry. */
  readonly repository: string;
}

export type Verdict =
  | { readonly good: true; readonly fingerprint: string }
  /** `why` ends a sentence that begins with the signature. */
  | { readonly good: false; readonly why: string };

/** Whether one of the keys made this signature, of exactly this. */
export function verifySignature(
  signature: Signature,
  signed: Signed,
  keys: readonly TrustedKey[],
): Verdict {
  return signature.layout === 'bundle'
    ? verifyBundle(signature.bundle, signed, keys)
    : verifyPayload(signature, signed, keys);
}

const bad = (why: string): Verdict => ({ good: false, why });
const byAnotherKey = 'was made with a key that is not among the trusted ones';

const Bundle = z.object({
  mediaType: z
    .string()
    .regex(/^application\/vnd\.dev\.sigstore\.bundle(\.v0\.3\+json|\+json;version=0\.\d)$/),
  dsseEnvelope: z.object({
    payload: z.base64(),
    payloadType: z.string(),
    signatures: z
      .array(z.object({ sig: z.base64() }))
      .min(1)
      .max(10),
  }),
});
const Statement = z.object({
  _type: z.string(),
  predicateType: z.string(),
  subject: z.array(z.object({ digest: z.record(z.string(), z.string()) })).min(1),
});
const statementType = 'https://in-toto.io/Statement/v1';
const inTotoType = 'application/vnd.in-toto+json';
const signPredicate = 'https://sigstore.dev/cosign/sign/v1';

function verifyBundle(text: string, { digest }: Signed, keys: readonly TrustedKey[]): Verdict {
  const bundle = parsed(Bundle, text);
  if (bundle === undefined) return bad('is not a Sigstore bundle with a DSSE envelope');
  const { payload, payloadType, signatures } = bundle.dsseEnvelope;
  const body = Buffer.from(payload, 'base64');
  const signer = signatures
    .map(({ sig }) => signerOf(preAuthentication(payloadType, body), sig, keys))
    .find((found) => found !== undefined);
  if (signer === undefined) return bad(byAnotherKey);
  // Not before: what is not signed is not read.
  const statement = payloadType === inTotoType ? parsed(Statement, body.toString()) : undefined;
  if (statement?._type !== statementType || statement.predicateType !== signPredicate) {
    return bad('is a statement of another kind, not a signature');
  }
  const hex = digest.replace('sha256:', '');
  if (!statement.subject.every(({ digest: { sha256 } }) => sha256 === hex)) {
    return bad('is of another object');
  }
  return { good: true, fingerprint: signer.fingerprint };
}

/** The signed bytes of a DSSE envelope ("PAE"). */
function preAuthentication(type: string, body: Buffer): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `;
  return Buffer.concat([Buffer.from(head), body]);
}

const Payload = z.object({
  critical: z.object({
    type: z.literal('cosign container image signature'),
    // Its case differs between writers.
    image: z.record(z.string(), z.unknown()),
    identity: z.object({ 'docker-reference': z.string() }),
  }),
});

function verifyPayload(
  { payload, signature }: Extract<Signature, { layout: 'payload' }>,
  { digest, repository }: Signed,
  keys: readonly TrustedKey[],
): Verdict {
  const signer = signerOf(Buffer.from(payload), signature, keys);
  if (signer === undefined) return bad(byAnotherKey);
  const critical = parsed(Payload, payload)?.critical;
  if (critical === undefined) return bad('is a statement of another kind, not a signature');
  const [named] = Object.entries(critical.image).filter(
    ([key]) => key.toLowerCase() === 'docker-manifest-digest',
  );
  if (named?.[1] !== digest) return bad('is of another object');
  const other = repositoryIn(critical.identity['docker-reference']);
  if (other !== repository) return bad(`is for the repository ${JSON.stringify(other)}`);
  return { good: true, fingerprint: signer.fingerprint };
}

/** `host:5000/proto/release:tag@sha256:…` → `proto/release`. */
function repositoryIn(reference: string): string {
  return reference
    .replace(/@.*$/, '')
    .replace(/:[^/]*$/, '')
    .replace(/^[^/]*[.:][^/]*\/|^localhost\//, '');
}

function signerOf(
  bytes: Buffer,
  signature: string,
  keys: readonly TrustedKey[],
): TrustedKey | undefined {
  const der = Buffer.from(signature, 'base64');
  return keys.find(({ key }) => verify('sha256', bytes, key, der));
}

function parsed<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Signs a manifest in both layouts. @param reference the repository with its registry, as cosign names it */
export function signatures(
  { digest, reference }: { readonly digest: string; readonly reference: string },
  key: KeyObject,
  { fingerprint }: TrustedKey,
): Signature[] {
  const made = (bytes: Buffer) => sign('sha256', bytes, key).toString('base64');
  const statement = Buffer.from(
    JSON.stringify({
      _type: statementType,
      subject: [{ digest: { sha256: digest.replace('sha256:', '') } }],
      predicateType: signPredicate,
      predicate: {},
    }),
  );
  const bundle = {
    mediaType: bundleType,
    verificationMaterial: { publicKey: { hint: hintOf({ fingerprint }) } },
    dsseEnvelope: {
      payload: statement.toString('base64'),
      payloadType: inTotoType,
      signatures: [{ sig: made(preAuthentication(inTotoType, statement)) }],
    },
  };
  const payload = JSON.stringify({
    critical: {
      identity: { 'docker-reference': reference },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: null,
  });
  return [
    { layout: 'bundle', bundle: JSON.stringify(bundle) },
    { layout: 'payload', payload, signature: made(Buffer.from(payload)) },
  ];
}
