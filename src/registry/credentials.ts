import * as z from 'zod';
import { UserError } from '../errors.ts';
import { documentFaults } from '../lib/text/document-faults.ts';
import { parseJson } from '../lib/text/json-document.ts';
import { Hosting } from '../release/hosting.ts';
import { Secret } from '../secret.ts';

/** An OCI tag, as the distribution specification defines it ("Pulling manifests"). */
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const tagRule = 'is not a valid tag: use at most 128 letters, digits, ".", "_" and "-"';
const tag = z.string().regex(tagPattern, tagRule);

/** @throws UserError USAGE if the value of --release is not a valid tag */
export function mustBeTag(text: string): void {
  if (tagPattern.test(text)) return;
  throw new UserError('USAGE', `${JSON.stringify(text)} ${tagRule}.`, {
    hint: 'Set --release to the tag from the vendor, such as stable or 2026.11.0.',
  });
}

/** Above any key or session token, and below a file pasted by mistake. */
const longestKey = 8192;
// Characters that come with a copy from an e-mail (spaces, no-break spaces, "…") are not allowed in HTTP headers.
const key = z
  .string()
  .max(longestKey, `is longer than ${longestKey} characters`)
  .regex(
    /^[\x21-\x7e]+$/,
    'is empty, or contains a space, an invisible character or a non-ASCII character',
  );
const secret = key.transform((text) => new Secret(text));

/** The DER of such a key has a fixed beginning (RFC 5480): its algorithm, its curve, and an uncompressed point. */
const publicKey =
  /^\s*-----BEGIN PUBLIC KEY-----\s+MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE[A-Za-z0-9+/=\s]{88,110}-----END PUBLIC KEY-----\s*$/;

/** `proto_credentials.json`, as defined in DESIGN.md. Unknown keys are rejected. */
export const CredentialsFile = z.strictObject({
  format_version: z.literal(1),
  customer: z
    .string()
    .min(1, 'is empty')
    .max(200, 'is longer than 200 characters')
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'has a line break or an invisible character'),
  hosting: Hosting,
  aws: z.strictObject({
    account_id: z.string().regex(/^\d{12}$/, 'must be the 12 digits of an AWS account'),
    region: z
      .string()
      .regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, 'is not an AWS region such as "ap-southeast-1"'),
    access_key_id: key,
    secret_access_key: secret,
    session_token: secret.optional(),
  }),
  registry: z
    .strictObject({
      namespace: z
        .string()
        // ECR's own rule for a repository name's parts.
        .regex(/^[a-z0-9]+([._/-][a-z0-9]+)*$/, 'is not a repository namespace such as "proto"')
        .default('proto'),
    })
    .prefault({}),
  release: tag.default('stable'),
  trust: z
    .strictObject({
      /** The vendor's public keys, several during a rotation. */
      keys: z
        .array(
          z
            .string()
            .max(1000)
            .regex(publicKey, 'is not the PEM of a public key for ECDSA with the curve P-256'),
        )
        .min(1)
        .max(10),
    })
    .optional(),
});

/**
 * `<account>.dkr.ecr.<region>.amazonaws.com`, in China with `.cn`; with FIPS `dkr.ecr-fips`; for IPv4 and IPv6
 * `dkr-ecr.<region>.on.aws` (AWS General Reference, "Amazon ECR endpoints and quotas").
 */
const ecrPattern =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)$/;

/** @returns undefined if a host is not a registry of ECR */
export function ecrRegistry(
  host: string,
): { readonly accountId: string; readonly region: string } | undefined {
  const [, accountId, region] = ecrPattern.exec(host) ?? [];
  return accountId === undefined || region === undefined ? undefined : { accountId, region };
}

export interface AwsCredentials {
  readonly accountId: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
}

export interface Credentials {
  readonly customer: string;
  readonly hosting: Hosting;
  readonly aws: AwsCredentials;
  readonly namespace: string;
  /** The tag to follow: a channel such as `stable`, or a fixed release. */
  readonly release: string;
  /** PEM texts; empty if nothing is verified. */
  readonly trust: readonly string[];
}

/**
 * Reads the text of a credentials file.
 * @throws UserError CREDENTIALS_INVALID with every fault: file, line, key
 */
export function parseCredentials(text: string, file: string): Credentials {
  const parsed = parseJson(text, file);
  if (!parsed.ok) {
    const message = `The credentials file ${file} is not valid JSON.`;
    throw new UserError('CREDENTIALS_INVALID', message, { faults: [parsed.fault] });
  }
  const { data, position } = parsed.document;
  const version = (data as { format_version?: unknown } | null)?.format_version;
  if (typeof version === 'number' && version > 1) {
    const message = `The credentials file ${file} uses a newer format than this version of proto-scaffold supports.`;
    const place = { file, ...position(['format_version']), key: 'format_version' };
    throw new UserError('CREDENTIALS_INVALID', message, {
      hint: 'Get a newer proto-scaffold from the vendor, or ask for credentials in format 1.',
      faults: [{ ...place, message: 'this version supports format 1' }],
    });
  }
  const checked = CredentialsFile.safeParse(parsed.document.data);
  if (!checked.success) {
    const faults = documentFaults(parsed.document, checked.error, CredentialsFile, file);
    const message = `The credentials file ${file} is invalid.`;
    throw new UserError('CREDENTIALS_INVALID', message, { faults });
  }
  const { customer, hosting, aws, registry, release, trust } = checked.data;
  return {
    customer,
    hosting,
    aws: {
      accountId: aws.account_id,
      region: aws.region,
      accessKeyId: aws.access_key_id,
      secretAccessKey: aws.secret_access_key,
      ...(aws.session_token === undefined ? {} : { sessionToken: aws.session_token }),
    },
    namespace: registry.namespace,
    release,
    trust: trust?.keys ?? [],
  };
}
