/** The parts of the SDK in use. Named exports let the bundler drop the rest. */
export { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
