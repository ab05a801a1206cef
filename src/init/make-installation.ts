/** What `init` needs for more than a dry run: loaded then, and not before. */

export { besideChecks, mustBeChecks } from '../checks/run-checks.ts';
export { mustHaveDocker } from '../compose/platform.ts';
export { loginDocker, openSession } from '../registry/registry-session.ts';
export { resolveArtifacts } from '../registry/resolve-artifacts.ts';
export { applyInit } from './apply-init.ts';
