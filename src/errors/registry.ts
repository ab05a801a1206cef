import { type ErrorEntry, ExitCode } from './exit-code.ts';

/** AWS or the registry refused, or could not be reached. */
export const registryErrors = {
  AWS_KEY_UNKNOWN: {
    exitCode: ExitCode.registry,
    meaning:
      'AWS does not know the access key (UnrecognizedClientException, InvalidClientTokenId).',
    remedy:
      'Compare access_key_id with what the vendor sent; the vendor may have replaced the key: ask for new credentials.',
  },
  AWS_SECRET_WRONG: {
    exitCode: ExitCode.registry,
    meaning:
      'AWS knows the access key, but the signature does not fit the secret (InvalidSignatureException).',
    remedy:
      'Copy secret_access_key again from what the vendor sent, without spaces or line breaks.',
  },
  AWS_SESSION_EXPIRED: {
    exitCode: ExitCode.registry,
    meaning: 'The session token in the credentials has expired (ExpiredTokenException).',
    remedy: 'Ask the vendor for new credentials.',
  },
  AWS_CLOCK_SKEW: {
    exitCode: ExitCode.registry,
    meaning: "This host's clock is too far from AWS's for a signature to be accepted.",
    remedy: 'Set the clock: `sudo timedatectl set-ntp true`, then run the command again.',
  },
  AWS_ACCESS_DENIED: {
    exitCode: ExitCode.registry,
    meaning: 'The AWS user lacks a permission that the program needs (AccessDeniedException).',
    remedy: 'Send the message to the vendor: it names the missing permission.',
  },
  AWS_ACCOUNT_MISMATCH: {
    exitCode: ExitCode.registry,
    meaning: 'ECR answered for another account or region than the credentials name.',
    remedy: 'Compare account_id and region in the credentials file with what the vendor sent.',
  },
  AWS_REFUSED: {
    exitCode: ExitCode.registry,
    meaning: 'AWS refused the request for a reason that the program does not know.',
    remedy: 'Send the message to the vendor.',
  },
  REGISTRY_DENIED: {
    exitCode: ExitCode.registry,
    meaning:
      'The registry did not accept the token, or the AWS user may not pull from a repository.',
    remedy: 'Send the message to the vendor: it names the repository and the missing permission.',
  },
  REPOSITORY_UNKNOWN: {
    exitCode: ExitCode.registry,
    meaning: 'The registry has no repository of that name.',
    remedy:
      'Compare account_id, region and registry.namespace in the credentials file with what the vendor sent.',
  },
  RELEASE_UNKNOWN: {
    exitCode: ExitCode.registry,
    meaning: 'A repository has no image or static bundle with the tag of the release.',
    remedy:
      'Check the release (--release TAG, or "release" in the credentials file) with the vendor.',
  },
  REGISTRY_ANSWER_INVALID: {
    exitCode: ExitCode.registry,
    meaning:
      'What answered is not what was asked for: no registry, a wrong digest or size, or a captive portal.',
    remedy:
      'Look for a proxy or captive portal between this host and the registry, then try again.',
  },
  BUNDLE_INVALID: {
    exitCode: ExitCode.registry,
    meaning:
      'A static bundle is not a sound archive, or one of its entries would land outside its folder.',
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
    meaning: 'No connection could be made, or it was cut.',
    remedy: 'Check the firewall and, behind a web proxy, HTTPS_PROXY and NO_PROXY.',
  },
  NETWORK_TLS: {
    exitCode: ExitCode.registry,
    meaning: "The other side's certificate is not trusted by this host.",
    remedy:
      'If your web proxy opens TLS, point NODE_EXTRA_CA_CERTS at its CA certificate (PEM) and give the same one to Docker.',
  },
  NETWORK_PROXY: {
    exitCode: ExitCode.registry,
    meaning: 'The web proxy refused the connection or wants a password.',
    remedy: 'Set HTTPS_PROXY=http://user:password@proxy:port, or ask for the host to be allowed.',
  },
  NETWORK_TIMEOUT: {
    exitCode: ExitCode.registry,
    meaning: 'The other side did not answer in time.',
    remedy: 'Try again; if it stays so, check the firewall and, behind a web proxy, HTTPS_PROXY.',
  },
  SERVICE_UNAVAILABLE: {
    exitCode: ExitCode.registry,
    meaning: 'AWS or the registry answered 429 or 5xx to every try.',
    remedy: 'Wait some minutes and run the command again.',
  },
} as const satisfies Record<string, ErrorEntry>;
