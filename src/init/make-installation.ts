/** What `init` needs for more than a dry run: loaded then, and not before. */
export { applyInit } from './apply-init.ts';
export { mustHaveDocker } from './platform.ts';
export { loginDocker, openSession } from './registry-session.ts';
export { resolveArtifacts } from './resolve-artifacts.ts';
export { besideChecks, mustBeChecks } from './run-checks.ts';
