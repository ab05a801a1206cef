/** An IAM access key as the registry knows it, and what it may do. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** With one, the key is a temporary one and a request must carry exactly this token. */
  readonly sessionToken?: string;
  /** A temporary key whose time is over: every request gets ExpiredTokenException. */
  readonly sessionExpired?: boolean;
  /** IAM actions such as `ecr:BatchGetImage`; `pullActions` where absent. */
  readonly permissions?: readonly string[];
  /** Repositories the actions are allowed on; every one where absent. */
  readonly repositories?: readonly string[];
  /** The name in the ARN that refusals show. */
  readonly user?: string;
}

/** What an AWS user with pull permission alone has (DESIGN.md, "Formats that others write against"). */
export const pullActions: readonly string[] = [
  'ecr:GetAuthorizationToken',
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:BatchCheckLayerAvailability',
];

/** What `docker push` needs (Amazon ECR user guide, "IAM permissions for pushing an image"). */
export const pushActions: readonly string[] = [
  ...pullActions,
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
  // For the tags of a repository.
  'ecr:ListImages',
];

/** The key of DESIGN.md's `proto_credentials.json`. */
export const exampleKey: AccessKey = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

export interface Account {
  readonly accountId: string;
  readonly region: string;
}

/**
 * IAM's refusal of an action, in its own words, or undefined where the key may do it.
 *
 * @param repository undefined for an action that knows no resource (`GetAuthorizationToken`)
 */
export function denial(
  key: AccessKey,
  action: string,
  repository: string | undefined,
  { accountId, region }: Account,
): string | undefined {
  const allowed =
    (key.permissions ?? pullActions).includes(action) &&
    (repository === undefined || (key.repositories ?? [repository]).includes(repository));
  if (allowed) return undefined;
  const user = key.user ?? 'proto-customer';
  const principal =
    key.sessionToken === undefined
      ? `arn:aws:iam::${accountId}:user/${user}`
      : `arn:aws:sts::${accountId}:assumed-role/${user}/session`;
  const resource =
    repository === undefined ? '*' : `arn:aws:ecr:${region}:${accountId}:repository/${repository}`;
  return (
    `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} ` +
    `because no identity-based policy allows the ${action} action`
  );
}
