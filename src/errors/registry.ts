import { type ErrorEntry, ExitCode } from './exit-code.ts';

/** AWS or the registry rejected a request, or could not be reached. */
export const registryErrors = {
  AWS_KEY_UNKNOWN: {
    exitCode: ExitCode.registry,
    meaning:
      'AWS does not recognize the access key (UnrecognizedClientException, InvalidClientTokenId).',
    remedy:
      'Compare access_key_id with the value that the vendor sent. The vendor may have replaced the key. If so, ask for new credentials.',
  },
  AWS_SECRET_WRONG: {
    exitCode: ExitCode.registry,
    meaning:
      'AWS recognizes the access key, but the secret access key does not match it (InvalidSignatureException).',
    remedy: 'Copy secret_access_key again from the vendor, without spaces or line breaks.',
  },
  AWS_SESSION_EXPIRED: {
    exitCode: ExitCode.registry,
    meaning: 'The session token in the credentials has expired (ExpiredTokenException).',
    remedy: 'Ask the vendor for new credentials.',
  },
  AWS_CLOCK_SKEW: {
    exitCode: ExitCode.registry,
    meaning:
      "The clock of this host differs too much from AWS's clock, so AWS rejects the signature.",
    remedy: 'Set the clock: `sudo timedatectl set-ntp true`, then run the command again.',
  },
  AWS_ACCESS_DENIED: {
    exitCode: ExitCode.registry,
    meaning:
      'The AWS user does not have a permission that proto-scaffold needs (AccessDeniedException).',
    remedy: 'Send the message to the vendor. It contains the missing permission.',
  },
  AWS_ACCOUNT_MISMATCH: {
    exitCode: ExitCode.registry,
    meaning: 'ECR responded for a different account or region than the one in the credentials.',
    remedy:
      'Compare account_id and region in the credentials file with the values that the vendor sent.',
  },
  AWS_REFUSED: {
    exitCode: ExitCode.registry,
    meaning: 'AWS rejected the request for an unknown reason.',
    remedy: 'Send the message to the vendor.',
  },
  REGISTRY_DENIED: {
    exitCode: ExitCode.registry,
    meaning:
      'The registry rejected the token, or the AWS user does not have permission to pull from a repository.',
    remedy:
      'Send the message to the vendor. It contains the repository and the missing permission.',
  },
  REPOSITORY_UNKNOWN: {
    exitCode: ExitCode.registry,
    meaning: 'The registry does not have a repository with that name.',
    remedy:
      'Compare account_id, region and registry.namespace in the credentials file with the values that the vendor sent.',
  },
  RELEASE_UNKNOWN: {
    exitCode: ExitCode.registry,
    meaning: 'A repository does not have an image or static bundle with the tag of the release.',
    remedy:
      'Check the release (--release TAG, or "release" in the credentials file) with the vendor.',
  },
  REGISTRY_ANSWER_INVALID: {
    exitCode: ExitCode.registry,
    meaning:
      'The response is not valid: it is not from a registry, or its digest or size is wrong. A captive portal can cause this.',
    remedy:
      'Check for a proxy or captive portal between this host and the registry, then try again.',
  },
  RELEASE_INVALID: {
    exitCode: ExitCode.registry,
    meaning:
      'The release object in the registry is not one that the vendor publishes, or does not belong to this tag or namespace.',
    remedy: 'Nothing was changed. Send the message to the vendor.',
  },
  RELEASE_UNVERIFIED: {
    exitCode: ExitCode.registry,
    meaning:
      'The release is not signed with a key of your credentials ("trust"). Someone other than the vendor may have published it.',
    remedy:
      'Nothing was changed. Ask the vendor whether it published this release, and with which key. If the key was replaced, ask for new credentials.',
  },
  RELEASE_OBJECT_MISSING: {
    exitCode: ExitCode.registry,
    meaning:
      'The registry does not offer a signed release, but the credentials contain keys for one, or such a release is installed.',
    remedy:
      'Nothing was changed. Ask the vendor: without the signed release, no one can tell whether images and templates are those of the vendor.',
  },
  TEMPLATES_REFUSED: {
    exitCode: ExitCode.registry,
    meaning:
      'With keys of the vendor in the credentials, or a release object installed, templates come from the signed release alone.',
    remedy: 'Run the command without --templates.',
  },
  BUNDLE_INVALID: {
    exitCode: ExitCode.registry,
    meaning: 'A static bundle is not a valid archive, or it contains an entry outside its folder.',
    remedy: 'Nothing was written. Send the message to the vendor.',
  },
  NETWORK_DNS: {
    exitCode: ExitCode.registry,
    meaning: 'A host name could not be resolved.',
    remedy:
      'Check DNS on this host (`resolvectl query HOST`) and, behind a web proxy, HTTPS_PROXY.',
  },
  NETWORK_UNREACHABLE: {
    exitCode: ExitCode.registry,
    meaning: 'The connection failed or was closed.',
    remedy: 'Check the firewall and, behind a web proxy, HTTPS_PROXY and NO_PROXY.',
  },
  NETWORK_TLS: {
    exitCode: ExitCode.registry,
    meaning: 'This host does not trust the certificate of the server.',
    remedy:
      'If your web proxy inspects TLS traffic, set NODE_EXTRA_CA_CERTS to its CA certificate (PEM), and add the same certificate to Docker.',
  },
  NETWORK_PROXY: {
    exitCode: ExitCode.registry,
    meaning: 'The web proxy refused the connection or requires a password.',
    remedy:
      'Set HTTPS_PROXY=http://user:password@proxy:port, or ask your network administrator to allow the host.',
  },
  NETWORK_TIMEOUT: {
    exitCode: ExitCode.registry,
    meaning: 'The server did not respond in time.',
    remedy:
      'Try again. If the error persists, check the firewall and, behind a web proxy, HTTPS_PROXY.',
  },
  SERVICE_UNAVAILABLE: {
    exitCode: ExitCode.registry,
    meaning: 'AWS or the registry returned 429 or 5xx for every attempt.',
    remedy: 'Wait a few minutes, then run the command again.',
  },
} as const satisfies Record<string, ErrorEntry>;
