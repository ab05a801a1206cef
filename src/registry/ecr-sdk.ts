/** What is used of the SDK. Named one by one, so that the bundler leaves the rest out. */
export { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
