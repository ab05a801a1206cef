/** What `init` needs for more than a dry run: loaded then, and not before. */

export { mustBeChecks, startChecks } from '../checks/run-checks.ts';
export { loginDocker } from '../compose/bring-images.ts';
export { mustHaveDocker } from '../compose/platform.ts';
export { resolveArtifacts } from '../installation/resolve-artifacts.ts';
export { openSession } from '../registry/registry-session.ts';
export { applyInit } from './apply-init.ts';
